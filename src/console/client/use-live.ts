import { useCallback, useEffect, useRef, useState } from "react";
import { useConnection } from "./connection.ts";
import { CallError } from "./problem.ts";
import type { Reading } from "./use-reading.ts";

/** Milliseconds after which events that the server refused are asked for again. */
const AGAIN_MS = 5000;

interface Kept<Value> {
  path: string;
  value: Value | undefined;
  error: CallError | null;
}

/**
 * Follows figures by server-sent events while the page is seen: a browser has few connections to a
 * server, and a page in the background must not hold them.
 *
 * @param path of the API, with its query; another one forgets the value
 * @param read reads the same figures once, and so tells why events fail
 */
export function useLive<Value>(path: string, read: () => Promise<Value>): Reading<Value> {
  const { returns } = useConnection();
  const [kept, setKept] = useState<Kept<Value> | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a round and a return begin again
  useEffect(() => {
    let isCurrent = true;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = (value: Value) => {
      if (isCurrent) setKept({ path, value, error: null });
    };
    const ask = async () => {
      try {
        take(await latest.current());
      } catch (error) {
        if (!isCurrent) return;
        setKept((before) => {
          // A bug belongs to the error boundary, which sees what is thrown while rendering.
          if (!(error instanceof CallError)) throw error;
          return { path, value: before?.path === path ? before.value : undefined, error };
        });
      }
    };
    const close = () => {
      source?.close();
      source = null;
      clearTimeout(timer);
    };
    const open = () => {
      close();
      source = new EventSource(path);
      source.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as Value);
      source.addEventListener("problem", () => void ask());
      source.onerror = () => {
        void ask();
        // The browser itself connects again unless the server refused.
        if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
      };
    };
    const follow = () => (document.hidden ? close() : open());
    document.addEventListener("visibilitychange", follow);
    follow();
    return () => {
      isCurrent = false;
      document.removeEventListener("visibilitychange", follow);
      close();
    };
  }, [path, round, returns]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const isOfPath = kept !== null && kept.path === path;
  return {
    value: isOfPath ? kept.value : undefined,
    error: isOfPath ? kept.error : null,
    reload,
  };
}
