import type { Login } from "../core/sessions/login-service.ts";
import type { VerifiedSession } from "../core/sessions/session-service.ts";

/** The two members in which the old protocols send encrypted user data, and the code of a login. */
export const LOGIN_SPELLINGS = { code: "code", encryptedData: "encrypt_data" } as const;

/** Returns a session as the old protocols answer it. */
export const sessionAnswer = (
  { session, durationSeconds }: Pick<VerifiedSession, "session" | "durationSeconds">,
  skey: string,
) => ({
  id: session.id,
  skey,
  appid: session.appid,
  openid: session.openid,
  unionid: session.unionid,
  user_info: session.userInfo,
  duration: durationSeconds,
});

/**
 * Returns a login as the old protocols answer it: the message tells a user's first session from a
 * later one.
 */
export const loginAnswer = (login: Login) => ({
  message: login.isNew ? "NEW_SESSION_SUCCESS" : "UPDATE_SESSION_SUCCESS",
  data: sessionAnswer(login, login.skey),
});
