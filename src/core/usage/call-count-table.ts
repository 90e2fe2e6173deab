import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { CallCount, CallCountEntry } from "./call-count.ts";

/** The counts of calls to the endpoints of WeChat. */
export interface CallCountTable {
  /** Adds to a count, and returns the new one. Need not survive a power cut. */
  add(entry: CallCountEntry, amount?: number): Promise<number>;
  /** The counts of a subject, by window and endpoint. */
  list(subject: string, page: PageRequest): Awaitable<Page<CallCount>>;
  /** Removes up to `limit` counts that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
