import { useEffect, useRef, useState } from "react";
import { useConnection } from "../../client/connection.ts";
import { parseShownLine, type ShownLine } from "./log-line.ts";

/** The most lines that the page keeps; the server keeps more, and the filters find them. */
const MOST_LINES = 500;
/** The earlier lines to begin with. */
const TAIL = 200;
/** Milliseconds for which new lines are gathered before the page draws them. */
const GATHER_MS = 150;

interface LiveLog {
  /** The latest lines, latest first. */
  lines: readonly ShownLine[];
  isLive: boolean;
  /** Lines that came during a pause. */
  waiting: number;
  /** Lines that the server did not send because the page read too slowly. */
  lost: number;
}

const EMPTY: LiveLog = { lines: [], isLive: false, waiting: 0, lost: 0 };

/**
 * Follows the log of the server.
 *
 * @param filter the query of `/server/logs`; another one begins again
 * @param isPaused holds new lines back until it is over
 */
export function useLog(filter: string, isPaused: boolean): LiveLog {
  const { returns } = useConnection();
  const [log, setLog] = useState<LiveLog>(EMPTY);
  const paused = useRef(isPaused);
  const flush = useRef(() => {});
  paused.current = isPaused;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a return of the server begins again
  useEffect(() => {
    setLog(EMPTY);
    let number = 0;
    let gathered: ShownLine[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const query = new URLSearchParams(filter);
    query.set("tail", String(TAIL));
    const source = new EventSource(`/api/v1/server/logs?${query}`);
    const draw = () => {
      timer = undefined;
      if (paused.current) {
        gathered = gathered.slice(-MOST_LINES);
        setLog((before) => ({ ...before, waiting: gathered.length }));
        return;
      }
      const latest = gathered.reverse();
      gathered = [];
      setLog((before) => ({
        ...before,
        lines: [...latest, ...before.lines].slice(0, MOST_LINES),
        waiting: 0,
      }));
    };
    flush.current = draw;
    source.onopen = () => setLog((before) => ({ ...before, isLive: true }));
    source.onerror = () => setLog((before) => ({ ...before, isLive: false }));
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const line = parseShownLine(data, number);
      number += 1;
      if (line === null) return;
      gathered.push(line);
      timer ??= setTimeout(draw, GATHER_MS);
    };
    source.addEventListener("lost", ({ data }) => {
      const lines = Number(JSON.parse(data).lines);
      setLog((before) => ({ ...before, lost: before.lost + lines }));
    });
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [filter, returns]);

  useEffect(() => {
    if (!isPaused) flush.current();
  }, [isPaused]);
  return log;
}
