import type { Milliseconds } from "../ports.ts";

/** The subject under which all apps together are counted. An appid never has this form. */
export const ALL_APPS = "*";

/** The endpoint under which the calls of all endpoints together are counted, for all apps. */
export const ALL_CALLS = "calls";

/** The number of calls by one subject to one endpoint of WeChat in one window of time. */
export interface CallCount {
  /** An appid, a corpid, `corpid:agentid`, or `*` for all apps together. */
  subject: string;
  /** The path of the endpoint, or `calls` for all endpoints together. */
  endpoint: string;
  /** A day in China, `2026-11-20`, or an hour of it, `2026-11-20T15`, as WeChat's quotas count. */
  window: string;
  count: number;
}

export type CallCountEntry = Omit<CallCount, "count"> & {
  /** When the count may be forgotten. Only the first entry of a window sets it. */
  expiresAt: Milliseconds;
};

/** WeChat counts by the days of China. */
export const CHINA: Milliseconds = 8 * 3_600_000;

/** Returns the day in China, `2026-11-20`. */
export const dayInChina = (time: Milliseconds): string => inChina(time).slice(0, 10);

/** Returns the hour in China, `2026-11-20T15`. */
export const hourInChina = (time: Milliseconds): string => inChina(time).slice(0, 13);

const inChina = (time: Milliseconds): string => new Date(time + CHINA).toISOString();
