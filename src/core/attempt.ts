import { type ErrorCode, Failure } from "./errors.ts";
import type { Awaitable } from "./ports.ts";
import { StoreError } from "./store-error.ts";

/**
 * Runs a call to the store, and turns its StoreError into a Failure: badParameter for a cursor that
 * does not belong to the list, else `code`. All other errors are bugs, and pass through.
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
