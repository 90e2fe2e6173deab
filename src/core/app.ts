import type { Milliseconds } from "./ports.ts";

/** A mini program or official account that waferd serves. */
export interface App {
  appid: string;
  /** Counted up from 1 in the order of registration, never given again. */
  number: number;
  title: string;
  /** WeChat's AppSecret. Never leaves the process but towards WeChat. */
  appSecret: string;
  /** Days after which a login lapses, visited or not. */
  loginDurationDays: number;
  /** Seconds after its last visit when a session lapses. */
  sessionDurationSeconds: number;
  /** Devices that a user may be logged in on at once; null follows the option `sessions_per_user`. */
  sessionsPerUser: number | null;
  tokenEndpoint: "stable" | "legacy";
  createdAt: Milliseconds;
  updatedAt: Milliseconds;
}

export type NewApp = Omit<App, "number">;

export const DEFAULT_LOGIN_DURATION_DAYS = 30;
export const DEFAULT_SESSION_DURATION_SECONDS = 2_592_000;

const APPID_FORM = /^[A-Za-z0-9_-]{1,200}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const APP_SECRET_FORM = /^[^\u0000-\u0020\u007f]{1,300}$/;

/** Whether a text may be an appid: the old servers' column of 200 characters, of letters, digits, `_` and `-`. */
export const isAppid = (text: string): boolean => APPID_FORM.test(text);

/** Whether a text has the form of the appids that WeChat gives. No secret has it. */
export const isWeChatAppid = (text: string): boolean => /^wx[0-9a-f]{16}$/.test(text);

/**
 * An appid, a corpid, or `corpid:agentid`, for the log. People put secrets where ids belong, so only what has the form
 * of WeChat's own ids, which no secret has, is let through.
 */
export const loggableId = (id: string | null): string | null =>
  id !== null && /^w[xw][0-9a-f]{16}(:\d{1,20})?$/.test(id) ? id : null;

/** Whether a text may be an AppSecret: the old servers' column of 300 characters, without spaces. */
export const isAppSecret = (text: string): boolean => APP_SECRET_FORM.test(text);
