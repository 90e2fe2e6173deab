import type { Milliseconds } from "../ports.ts";

/**
 * The longest that a lease lasts without being extended: a request to WeChat may take two minutes.
 * One that ends later was written by a wrong clock.
 */
export const LONGEST_LEASE: Milliseconds = 240_000;

/** Exclusive rights of one process at a time, among all workers and nodes of a store. */
export interface LeaseTable {
  /**
   * Gives the lease to `holder` until then, or extends the one it has. Of any number of concurrent
   * callers exactly one gets it; a lease that ran out, or is ahead by more than LONGEST_LEASE, can
   * be acquired by another.
   *
   * @returns whether `holder` has the lease now
   */
  acquire(name: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean>;
  /** Frees the lease early; does nothing when `holder` no longer has it. */
  release(name: string, holder: string): Promise<void>;
  /**
   * Removes up to `limit` leases that ran out: those of processes that died, for names that nobody
   * asks for again.
   *
   * @returns how many were removed
   */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
