import type { Milliseconds } from "./ports.ts";

/** How often one endpoint of WeChat's was called for one subject in one window of time. */
export interface CallCount {
  /** An appid, a corpid, or `corpid:agentid`. */
  subject: string;
  endpoint: string;
  /** A day in China, `2026-11-20`, or an hour of it, `2026-11-20T15`, as the quotas are counted. */
  window: string;
  count: number;
}

export type CallCountEntry = Omit<CallCount, "count"> & {
  /** When the count may be forgotten. */
  expiresAt: Milliseconds;
};
