import type { Milliseconds } from "../ports.ts";

/**
 * The longest that a claim or an answer is kept: longer than any login takes, and any code lives.
 * One that ends later was written by a wrong clock.
 */
export const LONGEST_CLAIM: Milliseconds = 600_000;

/** The outcome of a claim: the caller has it, another process has it, or that one has finished. */
export type ClaimState =
  | { state: "claimed" }
  | { state: "running" }
  | { state: "done"; endedAt: Milliseconds; answer: string };

/**
 * Work that only one of several processes may do while the others wait for its answer. Names may
 * hold secrets, such as a login's code: only their SHA-256 is stored.
 *
 * A claim is refused by a store that has refused a write, until it takes one again.
 */
export interface ClaimTable {
  /**
   * Claims a name that nobody has, or whose claim or answer is due, or ahead by more than
   * LONGEST_CLAIM. Of any number of concurrent callers exactly one gets "claimed". Now and then a
   * name that nobody has is "running" for a moment.
   *
   * @param until when the name is free again if the claim is never finished
   */
  claim(name: string, now: Milliseconds, until: Milliseconds): Promise<ClaimState>;
  /**
   * Ends a claim of this process and stores the answer for those that wait; where none has asked
   * yet, later callers may get "claimed" instead. Does nothing when this process has no such claim.
   *
   * @param answer makes the answer if it is needed; it may hold a secret, and is stored sealed
   * @param until when the answer is forgotten and the name free again
   */
  finish(
    name: string,
    answer: () => string,
    endedAt: Milliseconds,
    until: Milliseconds,
  ): Promise<void>;
  /** Ends a claim of this process without an answer. */
  abandon(name: string): Promise<void>;
  /** Removes up to `limit` claims that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
