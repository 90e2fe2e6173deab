import { type ErrorCode, Failure } from "./errors.ts";
import type { Awaitable } from "./ports.ts";
import { StoreError } from "./store-error.ts";

/**
 * Runs a call to the store; when the store fails, the outcome is a Failure with this code, or badParameter
 * for a list's cursor that is none. Bugs pass through.
 */
export async function attempt<T>(code: ErrorCode, run: () => Awaitable<T>): Promise<T | Failure> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof StoreError && cause.kind === "cursor")
      return new Failure("badParameter", { reason: "cursor" });
    if (cause instanceof StoreError) return new Failure(code, { cause });
    throw cause;
  }
}
