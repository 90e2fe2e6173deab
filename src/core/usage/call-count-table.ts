import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { CallCount, CallCountEntry } from "./call-count.ts";

/** How often WeChat's endpoints were called, and what else is counted by windows of time. */
export interface CallCountTable {
  /** Counts so many more, and gives the count with them. Need not survive a power cut. */
  add(entry: CallCountEntry, amount?: number): Promise<number>;
  /** The counts of a subject, by window and endpoint. */
  list(subject: string, page: PageRequest): Awaitable<Page<CallCount>>;
  /** Forgets up to `limit` counts that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
