import { useSyncExternalStore } from "react";
import { useFormats } from "./format.ts";

const TICK_MS = 5000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, TICK_MS);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Returns the time, in milliseconds since the Unix epoch, to within five seconds. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/**
 * A time relative to now, with the exact one on hover.
 *
 * @param at a time as of RFC 3339
 */
export function Moment({ at }: { at: string }) {
  const current = useNow();
  const { relative, exact } = useFormats();
  const time = Date.parse(at);
  // A time that is newer than the last tick is not in the future.
  const seconds = (time - Math.max(current, Math.min(time, Date.now()))) / 1000;
  return (
    <time className="moment" dateTime={at} title={exact(time)}>
      {relative(Math.abs(seconds) < 1 ? 0 : Math.trunc(seconds))}
    </time>
  );
}

/** A time that may be missing. */
export const MomentOrNone = ({ at }: { at: string | null }) =>
  at === null ? "–" : <Moment at={at} />;
