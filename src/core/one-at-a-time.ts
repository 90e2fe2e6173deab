/**
 * Returns a function that runs `run`, one run at a time, each after the one before, however that
 * ended. A call joins only a run that has not begun: its promise covers all that preceded the call.
 */
export function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let last = Promise.resolve();
  let waiting: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    waiting = null;
    return run();
  };
  return () => {
    if (waiting === null) {
      waiting = last.then(begin, begin);
      last = waiting;
    }
    return waiting;
  };
}
