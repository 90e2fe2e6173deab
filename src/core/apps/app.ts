import type { Milliseconds } from "../ports.ts";
import { isTitle } from "../title.ts";

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
  /** Counted up from 1 with every change. */
  revision: number;
}

export type NewApp = Omit<App, "number" | "revision">;

/** What an administrator may change of an app. */
export type AppSettings = Pick<
  App,
  | "title"
  | "appSecret"
  | "loginDurationDays"
  | "sessionDurationSeconds"
  | "sessionsPerUser"
  | "tokenEndpoint"
>;

export const DEFAULT_SETTINGS: Omit<AppSettings, "appSecret"> = {
  title: "",
  loginDurationDays: 30,
  sessionDurationSeconds: 2_592_000,
  sessionsPerUser: null,
  tokenEndpoint: "stable",
};

export const MAX_LOGIN_DURATION_DAYS = 3650;
export const MAX_SESSION_DURATION_SECONDS = MAX_LOGIN_DURATION_DAYS * 86_400;
export const MAX_SESSIONS_PER_USER = 1000;

const isWhole = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= most;

/** The first of these settings that may not be, by the name it has on the wire; null when all may. */
export function badSetting(settings: Partial<AppSettings>): string | null {
  const { title, appSecret, loginDurationDays, sessionDurationSeconds, sessionsPerUser } = settings;
  if (title !== undefined && !isTitle(title)) return "title";
  // An appid in the secret's place: the two were swapped.
  if (appSecret !== undefined && (!isAppSecret(appSecret) || isWeChatAppid(appSecret)))
    return "secret";
  if (loginDurationDays !== undefined && !isWhole(loginDurationDays, MAX_LOGIN_DURATION_DAYS))
    return "loginDurationDays";
  if (
    sessionDurationSeconds !== undefined &&
    !isWhole(sessionDurationSeconds, MAX_SESSION_DURATION_SECONDS)
  )
    return "sessionDurationSeconds";
  if (typeof sessionsPerUser === "number" && !isWhole(sessionsPerUser, MAX_SESSIONS_PER_USER))
    return "sessionsPerUser";
  return null;
}

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
