import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { type ErrorCode, Failure } from "../../core/errors.ts";
import type { Client } from "../../core/limits/client.ts";
import type { Identity, UserInfo } from "../../core/sessions/user-info.ts";
import type { Answer, Plain } from "../plain-route.ts";
import { retryAfter } from "../retry-after.ts";
import { MAGIC_ID, weappFailure } from "../weapp/failure.ts";
import { weappUser } from "../weapp/session.ts";

export const FORWARD_AUTH = "/forward-auth";

/** Only these say that the client should log in again. */
type LogInAgain =
  | "sessionNotFound"
  | "sessionOfOtherApp"
  | "sessionLost"
  | "sessionExpired"
  | "loginExpired"
  | "codeRefused"
  | "rawDataUntrusted"
  // A code or raw data that no client of weapp sends.
  | "badParameter";

/** All others answer 503: a login prompt would only add to the trouble. */
const STATUSES: Record<LogInAgain, 401> & { tooOften: 429 } = {
  sessionNotFound: 401,
  sessionOfOtherApp: 401,
  sessionLost: 401,
  sessionExpired: 401,
  loginExpired: 401,
  codeRefused: 401,
  rawDataUntrusted: 401,
  badParameter: 401,
  tooOften: 429,
};

const statusOf = (code: ErrorCode): 401 | 429 | 503 =>
  code in STATUSES ? STATUSES[code as keyof typeof STATUSES] : 503;

/** The user behind a request that a proxy asks about. */
interface User extends Identity {
  appid: string;
  userInfo: UserInfo;
}

export interface ForwardAuthRoutes {
  core: Core;
  plain: Plain;
  clientOf: (request: Request) => Client;
}

/**
 * /forward-auth: what nginx's auth_request, Traefik's ForwardAuth and Caddy's forward_auth ask
 * before they let a request through (`docs/protocol-reference.md#forward-auth`).
 */
export function forwardAuthRoutes(options: ForwardAuthRoutes) {
  const { plain } = options;
  return new Elysia().all(
    FORWARD_AUTH,
    plain((request) => answer(options, request)),
    { parse: "none" },
  );
}

async function answer({ core, clientOf }: ForwardAuthRoutes, request: Request): Promise<Answer> {
  const { headers, url } = request;
  // The operator's word, in the address, goes before the client's.
  const appid = URL.parse(url)?.searchParams.get("appid") || headers.get("x-wx-appid") || null;
  const id = headers.get("x-wx-id");
  const skey = headers.get("x-wx-skey");
  if (id !== null && skey !== null) {
    const verified = await core.sessions.verify({ id, skey, appid });
    return verified instanceof Failure
      ? refuse(verified, waferFailure(verified))
      : admit(verified.session);
  }
  const user = await weappUser(core, headers, clientOf(request), appid);
  if (user === null) {
    const none = new Failure("sessionNotFound", { cause: "the request has no session" });
    return refuse(none, waferFailure(none));
  }
  return user instanceof Failure ? refuse(user, weappFailure(user)) : admit(user);
}

/**
 * Returns every header each time, empty or not: one that is missing would leave a forged one
 * standing.
 *
 * @param userInfo the user's profile in JSON
 */
export const userHeaders = (
  { appid, openid, unionid }: Omit<User, "userInfo">,
  userInfo: string,
): Record<string, string> => ({
  "X-Wafer-Appid": appid,
  "X-Wafer-Openid": openid,
  "X-Wafer-Unionid": unionid ?? "",
  // A lone surrogate has no UTF-8.
  "X-Wafer-User-Info": encodeURIComponent(userInfo.toWellFormed()),
});

const admit = (user: User): Answer => ({
  response: new Response(null, {
    status: 204,
    headers: userHeaders(user, JSON.stringify(user.userInfo)),
  }),
  appid: loggableId(user.appid),
  quiet: true,
});

const refuse = (failure: Failure, body: object): Answer => ({
  response: Response.json(body, {
    status: statusOf(failure.code),
    ...retryAfter(failure),
  }),
  failure,
});

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  loginExpired: "the login has expired",
  sessionExpired: "the session has expired",
  appNotFound: "no such app",
};

/** Returns the body that Wafer's client SDKs act on: at ERR_INVALID_SESSION they log in again. */
const waferFailure = ({ code }: Failure): object => ({
  [MAGIC_ID]: 1,
  error: statusOf(code) === 401 ? "ERR_INVALID_SESSION" : "ERR_CHECK_LOGIN_FAILED",
  message:
    MESSAGES[code] ?? (statusOf(code) === 401 ? "no such session" : "the session server failed"),
});
