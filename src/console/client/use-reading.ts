import { useCallback, useEffect, useRef, useState } from "react";
import { useConnection } from "./connection.ts";
import { CallError } from "./problem.ts";

/** The data of a page, kept up to date. */
export interface Reading<Value> {
  /** undefined until the first answer; afterwards the latest one. */
  value: Value | undefined;
  /** Why the latest attempt failed; null after a success. */
  error: CallError | null;
  reload: () => void;
}

interface Kept<Value> {
  key: string;
  value: Value | undefined;
  error: CallError | null;
}

/**
 * Reads once for each key, again every so many seconds, and when the server returns.
 *
 * @param key names what is read: another one forgets the value; null reads nothing
 */
export function useReading<Value>(
  key: string | null,
  read: () => Promise<Value>,
  { everySeconds }: { everySeconds?: number } = {},
): Reading<Value> {
  const { returns } = useConnection();
  const [kept, setKept] = useState<Kept<Value> | null>(null);
  const [round, setRound] = useState(0);
  const latest = useRef(read);
  latest.current = read;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a round and a return read again
  useEffect(() => {
    if (key === null) return;
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      if (isCurrent && everySeconds !== undefined) timer = setTimeout(attempt, everySeconds * 1000);
    };
    const attempt = async () => {
      // A page in the background asks nothing.
      if (document.hidden && timer !== undefined) return next();
      try {
        const value = await latest.current();
        if (isCurrent) setKept({ key, value, error: null });
      } catch (error) {
        if (isCurrent)
          setKept((before) => {
            // A bug belongs to the error boundary, which sees what is thrown while rendering.
            if (!(error instanceof CallError)) throw error;
            return { key, value: before?.key === key ? before.value : undefined, error };
          });
      }
      next();
    };
    void attempt();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, round, returns, everySeconds]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  const isOfKey = kept !== null && kept.key === key;
  return {
    value: isOfKey ? kept.value : undefined,
    error: isOfKey ? kept.error : null,
    reload,
  };
}
