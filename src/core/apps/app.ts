import type { Milliseconds } from "../ports.ts";
import { isTitle } from "../title.ts";

/** The endpoints from which an app's access token may come. */
export const TOKEN_ENDPOINTS = ["stable", "legacy"] as const;

export type TokenEndpoint = (typeof TOKEN_ENDPOINTS)[number];

/** A mini program or official account that waferd serves. */
export interface App {
  appid: string;
  /** Counted up from 1 in the order of registration, never reused. */
  number: number;
  title: string;
  /** WeChat's AppSecret. It leaves the process only towards WeChat. */
  appSecret: string;
  /** Days after which a login lapses, visited or not. */
  loginDurationDays: number;
  /** Seconds after its last visit when a session lapses. */
  sessionDurationSeconds: number;
  /** Devices on which a user may be logged in at once; null for the option `sessions_per_user`. */
  sessionsPerUser: number | null;
  tokenEndpoint: TokenEndpoint;
  createdAt: Milliseconds;
  updatedAt: Milliseconds;
  /** Counted up from 1 with every change. */
  revision: number;
}

export type NewApp = Omit<App, "number" | "revision">;

/** The members that an administrator may change. */
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

/** Returns the wire name of the first invalid setting, or null when all are valid. */
export function badSetting(settings: Partial<AppSettings>): string | null {
  const { title, appSecret, loginDurationDays, sessionDurationSeconds, sessionsPerUser } = settings;
  if (title !== undefined && !isTitle(title)) return "title";
  // An appid in the secret's place: somebody swapped the two.
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

/**
 * Tells whether a text may be an appid: letters, digits, `_` and `-`, up to the 200 characters of
 * the old servers' column.
 */
export const isAppid = (text: string): boolean => APPID_FORM.test(text);

/** Tells whether a text has the form of WeChat's appids, which no secret has. */
export const isWeChatAppid = (text: string): boolean => /^wx[0-9a-f]{16}$/.test(text);

/**
 * Returns an appid, a corpid, or `corpid:agentid` for the log, or null for any other text. People
 * put secrets where ids belong, so only the form of WeChat's own ids is safe, which no secret has.
 */
export const loggableId = (id: string | null): string | null =>
  id !== null && /^w[xw][0-9a-f]{16}(:\d{1,20})?$/.test(id) ? id : null;

/**
 * Tells whether a text may be an AppSecret: no spaces, up to the 300 characters of the old servers'
 * column.
 */
export const isAppSecret = (text: string): boolean => APP_SECRET_FORM.test(text);
