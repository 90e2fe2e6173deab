/** Whether the server answers, as the latest call showed it. */

import { useSyncExternalStore } from "react";

/** Milliseconds between two questions whether the server is back. */
const RETRY_MS = 1500;

interface ConnectionState {
  isAway: boolean;
  /** Counts the returns of the server: reads repeat themselves when it changes. */
  returns: number;
}

let state: ConnectionState = { isAway: false, returns: 0 };
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function become(next: ConnectionState): void {
  state = next;
  for (const listener of listeners) listener();
}

async function askAgain(): Promise<void> {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok === true) become({ isAway: false, returns: state.returns + 1 });
  else timer = setTimeout(askAgain, RETRY_MS);
}

/** Notes that a call got no answer, and asks until the server is back. */
export function noteAway(): void {
  if (state.isAway) return;
  become({ ...state, isAway: true });
  clearTimeout(timer);
  timer = setTimeout(askAgain, RETRY_MS);
}

/** Asks the server at once, and notes it when no answer comes; tells whether it is away. */
export async function askWhetherAway(): Promise<boolean> {
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer === null) noteAway();
  return answer === null;
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useConnection = (): ConnectionState => useSyncExternalStore(subscribe, () => state);
