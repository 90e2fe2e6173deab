import {
  type App,
  DEFAULT_SETTINGS,
  MAX_LOGIN_DURATION_DAYS,
  MAX_SESSION_DURATION_SECONDS,
} from "../../core/apps/app.ts";

/**
 * An app's durations as they stand in an old server's row or hash: texts, numbers or null. What is no whole number from
 * 1 up means the default, as 0 does for go; what is more than waferd allows means the most that it allows.
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
