import type { Milliseconds } from "../ports.ts";

/** How often something was done for one subject in one window of time, such as a call of an endpoint of WeChat's. */
export interface CallCount {
  /** An appid, a corpid, `corpid:agentid`, or `*` for all apps together. */
  subject: string;
  /** The path of an endpoint of WeChat's; without a slash, something that waferd itself does. */
  endpoint: string;
  /** A day in China, `2026-11-20`, or an hour of it, `2026-11-20T15`, as the quotas are counted. */
  window: string;
  count: number;
}

export type CallCountEntry = Omit<CallCount, "count"> & {
  /** When the count may be forgotten. */
  expiresAt: Milliseconds;
};

/** WeChat counts by the days of China. */
const CHINA: Milliseconds = 8 * 3_600_000;

/** The day in China, `2026-11-20`. */
export const dayInChina = (time: Milliseconds): string => inChina(time).slice(0, 10);

/** The hour in China, `2026-11-20T15`. */
export const hourInChina = (time: Milliseconds): string => inChina(time).slice(0, 13);

const inChina = (time: Milliseconds): string => new Date(time + CHINA).toISOString();
