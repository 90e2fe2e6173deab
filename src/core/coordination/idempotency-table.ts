import type { Milliseconds } from "../ports.ts";

/** What is known under an idempotency key: another request, one that is not answered yet, or its answer. */
export type IdempotencyState =
  | { state: "begun" }
  | { state: "reused" }
  | { state: "running" }
  | { state: "done"; answer: string };

/** The answers of requests that their clients may send again. */
export interface IdempotencyTable {
  /**
   * Takes a key for a request, if nobody has it or what is known under it is due. Exactly one of any number of callers
   * gets "begun".
   *
   * @param fingerprint SHA-256 of the request: the same key with another one is "reused"
   * @param until when the key is free again if the request is never finished
   */
  begin(
    key: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState>;
  /** Keeps the answer of a request that began until then. It may hold a secret, and lies sealed. */
  finish(key: string, answer: string, until: Milliseconds): Promise<void>;
  /** Frees the key of a request that came to nothing. */
  abandon(key: string): Promise<void>;
  /** Forgets up to `limit` keys that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
