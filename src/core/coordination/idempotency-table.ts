import type { Milliseconds } from "../ports.ts";

/** How long an answer is replayed. */
export const ANSWER_KEPT: Milliseconds = 86_400_000;
/** The process of a request that is not answered by then has died. */
export const LONGEST_RUN: Milliseconds = 60_000;

/** The state of a key: free until now, used for a different request, unanswered, or answered. */
export type IdempotencyState =
  | { state: "begun" }
  | { state: "reused" }
  | { state: "running" }
  | { state: "done"; answer: string };

/** The answers of requests that clients may send again under the same key. */
export interface IdempotencyTable {
  /**
   * Reserves a key for a request, if it is free, or its record is due, or ahead by more than
   * ANSWER_KEPT for an answer and LONGEST_RUN without one. Of any number of concurrent callers
   * exactly one gets "begun".
   *
   * @param fingerprint SHA-256 of the request: the same key with a different one is "reused"
   * @param until when the key is free again if the request is never finished
   */
  begin(
    key: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState>;
  /**
   * Stores the answer of a request that has begun.
   *
   * @param answer may hold a secret, and is stored sealed
   */
  finish(key: string, answer: string, until: Milliseconds): Promise<void>;
  /** Frees the key of a request that failed. */
  abandon(key: string): Promise<void>;
  /** Removes up to `limit` keys that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
