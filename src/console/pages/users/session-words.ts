import type { StatusTone } from "../../parts/status.tsx";

/** The colours of a session's states. */
export const SESSION_TONES = {
  active: "good",
  loginExpired: "calm",
  sessionExpired: "calm",
} as const satisfies Record<string, StatusTone>;

/** Returns the nickname of a profile; null without one. */
export function nameOfUser(userInfo: object): string | null {
  const name = (userInfo as { nickName?: unknown }).nickName;
  return typeof name === "string" && name !== "" ? name : null;
}
