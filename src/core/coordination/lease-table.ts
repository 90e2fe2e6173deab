import type { Milliseconds } from "../ports.ts";

/** Exclusive rights of one process at a time, among all workers and nodes of a store. */
export interface LeaseTable {
  /**
   * Gives the lease to `holder` until then, or extends the one it has. Of any number of concurrent
   * callers exactly one gets it; a lease that ran out can be acquired by another.
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
