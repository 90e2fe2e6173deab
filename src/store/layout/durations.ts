import {
  type App,
  DEFAULT_SETTINGS,
  MAX_LOGIN_DURATION_DAYS,
  MAX_SESSION_DURATION_SECONDS,
} from "../../core/apps/app.ts";

/**
 * Reads an app's durations from an old server's row or hash, where they are texts, numbers or
 * null. A value that is not a whole number of at least 1 means the default, as 0 does for go. A
 * value above waferd's limit means the limit.
 */
export function readDurations(
  loginDurationDays: unknown,
  sessionDurationSeconds: unknown,
): Pick<App, "loginDurationDays" | "sessionDurationSeconds"> {
  return {
    loginDurationDays: read(
      loginDurationDays,
      DEFAULT_SETTINGS.loginDurationDays,
      MAX_LOGIN_DURATION_DAYS,
    ),
    sessionDurationSeconds: read(
      sessionDurationSeconds,
      DEFAULT_SETTINGS.sessionDurationSeconds,
      MAX_SESSION_DURATION_SECONDS,
    ),
  };
}

function read(stored: unknown, fallback: number, most: number): number {
  const value = stored === null || stored === "" ? Number.NaN : Number(stored);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : fallback;
}
