const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs something before a signal ends this process, such as putting a terminal back in order. The
 * process then ends by the signal itself, so that a shell sees why.
 *
 * @returns a function that ends the watch
 */
export function beforeSignalEnds(run: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    end();
    run();
    process.kill(process.pid, signal);
  };
  const end = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return end;
}
