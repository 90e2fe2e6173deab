import { useState } from "react";
import { CallError } from "./problem.ts";

/** A change that the reader asks for. */
export interface Action<Input extends unknown[]> {
  /** Runs it unless it runs already; tells whether it succeeded. */
  run: (...input: Input) => Promise<boolean>;
  isBusy: boolean;
  error: CallError | null;
  clear: () => void;
}

export function useAction<Input extends unknown[]>(
  act: (...input: Input) => Promise<unknown>,
): Action<Input> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<CallError | null>(null);
  const run = async (...input: Input): Promise<boolean> => {
    if (isBusy) return false;
    setBusy(true);
    setError(null);
    try {
      await act(...input);
      return true;
    } catch (thrown) {
      setError(() => {
        // A bug belongs to the error boundary, which sees what is thrown while rendering.
        if (!(thrown instanceof CallError)) throw thrown;
        return thrown;
      });
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, isBusy, error, clear: () => setError(null) };
}
