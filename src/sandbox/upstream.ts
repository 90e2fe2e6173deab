import { signWithSessionKey } from "../crypto/session-signature.ts";
import type { Issued } from "./hosted.ts";
import type { SandboxWorld } from "./world.ts";

/** A call of WeChat's API. */
export interface UpstreamRequest {
  query: URLSearchParams;
  contentType: string;
  body: string;
}

/** An answer of WeChat's API, whose JSON comes as text/plain. */
export interface UpstreamAnswer {
  status: number;
  contentType: string;
  body: string;
}

export type UpstreamEndpoint = (world: SandboxWorld, request: UpstreamRequest) => UpstreamAnswer;

const ERRMSG: Readonly<Record<number, string>> = {
  [-1]: "system error",
  40001: "invalid credential, access_token is invalid or not latest",
  40002: "invalid grant_type",
  40003: "invalid openid",
  40013: "invalid appid",
  40029: "invalid code",
  40125: "invalid appsecret",
  40163: "code been used",
  40226: "code blocked",
  41002: "appid missing",
  41004: "appsecret missing",
  41008: "missing code",
  42001: "access_token expired",
  45009: "reach max api daily quota limit",
  45011: "api minute-quota reach limit, must slower, retry next minute",
  87009: "invalid signature",
};

const plain = (value: object): UpstreamAnswer => ({
  status: 200,
  contentType: "text/plain",
  body: JSON.stringify(value),
});

const ok = (value: object): UpstreamAnswer => plain({ errcode: 0, errmsg: "ok", ...value });

/** Returns a refusal in WeChat's words, with the request id at the end of errmsg. */
export const refuse = (
  world: SandboxWorld,
  errcode: number,
  errmsg = ERRMSG[errcode] ?? "error",
): UpstreamAnswer => plain({ errcode, errmsg: `${errmsg}, rid: ${world.requestId()}` });

/** Returns the errcode for an unknown app or a wrong secret, or null. */
function appError(world: SandboxWorld, appid: unknown, secret: unknown): number | null {
  if (typeof appid !== "string" || appid === "") return 41002;
  const known = world.apps.get(appid);
  if (known === undefined) return 40013;
  if (!secret) return 41004;
  return secret === known ? null : 40125;
}

/** Implements docs/protocol-reference.md#jscode2session. */
const jscode2session: UpstreamEndpoint = (world, { query }) => {
  const appid = query.get("appid") ?? "";
  const code = query.get("js_code");
  const error = appError(world, appid, query.get("secret"));
  if (error !== null) return refuse(world, error);
  if (query.get("grant_type") !== "authorization_code") return refuse(world, 40002);
  if (!code) return refuse(world, 41008);
  const taken = world.takeCode(appid, code);
  if (typeof taken === "number") return refuse(world, taken);
  const { openid, unionid } = taken.user;
  return plain({ session_key: taken.sessionKey, openid, ...(unionid !== null && { unionid }) });
};

const asToken = (world: SandboxWorld, issued: Issued) => ({
  access_token: issued.value,
  expires_in: world.hosted.secondsLeft(issued),
});
const asTicket = (world: SandboxWorld, issued: Issued) => ({
  ticket: issued.value,
  expires_in: world.hosted.secondsLeft(issued),
});

/** Implements docs/protocol-reference.md#legacy-token. */
const token: UpstreamEndpoint = (world, { query }) => {
  const appid = query.get("appid") ?? "";
  const error = appError(world, appid, query.get("secret"));
  if (error !== null) return refuse(world, error);
  if (query.get("grant_type") !== "client_credential") return refuse(world, 40002);
  return plain(asToken(world, world.hosted.legacy(appid)));
};

/**
 * Implements docs/protocol-reference.md#stable-token. Reads JSON only, so that the members of a
 * form are missing.
 */
const stableToken: UpstreamEndpoint = (world, { body, contentType }) => {
  const parsed = contentType.startsWith("application/json") ? parseObject(body) : {};
  const { appid, secret, grant_type: grantType, force_refresh: force } = parsed;
  const error = appError(world, appid, secret);
  if (error !== null) return refuse(world, error);
  if (grantType !== "client_credential") return refuse(world, 40002);
  const issued = world.hosted.stable(appid as string, force === true);
  return typeof issued === "number" ? refuse(world, issued) : plain(asToken(world, issued));
};

/** Returns an endpoint that needs a valid token of an app or an agent. */
const withToken =
  (
    answer: (world: SandboxWorld, owner: string, request: UpstreamRequest) => UpstreamAnswer,
  ): UpstreamEndpoint =>
  (world, request) => {
    const owner = world.hosted.ownerOf(request.query.get("access_token") ?? "");
    return typeof owner === "number" ? refuse(world, owner) : answer(world, owner, request);
  };

/** Implements docs/protocol-reference.md#tickets. */
const getticket = withToken((world, appid, { query }) => {
  const type = query.get("type") ?? "";
  return ok(asTicket(world, world.hosted.ticket(`${appid} ${type}`)));
});

/** Implements docs/protocol-reference.md#wecom-token. */
const gettoken: UpstreamEndpoint = (world, { query }) => {
  const corpid = query.get("corpid") ?? "";
  const agent = world.agentOf(corpid, query.get("corpsecret") ?? "");
  if (typeof agent === "number") return refuse(world, agent);
  return ok(asToken(world, world.hosted.work(agent)));
};

/** Implements docs/protocol-reference.md#wecom-tickets. All agents of a corp get one ticket. */
const getJsapiTicket = withToken((world, agent) =>
  ok(asTicket(world, world.hosted.ticket(`corp ${agent.split(":")[0]}`))),
);
const getAgentTicket = withToken((world, agent) =>
  ok(asTicket(world, world.hosted.ticket(`agent ${agent}`))),
);

/** Implements docs/protocol-reference.md#phone-number. */
const getUserPhoneNumber = withToken((world, appid, { body }) => {
  const { code } = parseObject(body);
  const phoneNumber = world.takePhoneCode(appid, String(code));
  if (typeof phoneNumber === "number") return refuse(world, phoneNumber);
  const watermark = { appid, timestamp: Math.floor(world.now() / 1000) };
  return ok({
    phone_info: { phoneNumber, purePhoneNumber: phoneNumber, countryCode: 86, watermark },
  });
});

/**
 * Returns an endpoint that needs a signature by the user's current session_key
 * (docs/protocol-reference.md#session-key-check).
 */
const withSignature = (
  answer: (world: SandboxWorld, appid: string, openid: string) => UpstreamAnswer,
) =>
  withToken((world, appid, { query }) => {
    const openid = query.get("openid") ?? "";
    const sessionKey = world.findUser(appid, openid)?.sessionKey;
    if (sessionKey === undefined) return refuse(world, 40003);
    if (query.get("signature") !== signWithSessionKey("", sessionKey)) return refuse(world, 87009);
    return answer(world, appid, openid);
  });

const checksession = withSignature(() => ok({}));
const resetusersessionkey = withSignature((world, appid, openid) => {
  const sessionKey = world.renewSessionKey(appid, openid);
  return ok({ openid, session_key: sessionKey });
});

/** The simulated endpoints by path. */
export const UPSTREAM: ReadonlyMap<string, UpstreamEndpoint> = new Map([
  ["/sns/jscode2session", jscode2session],
  ["/cgi-bin/token", token],
  ["/cgi-bin/stable_token", stableToken],
  ["/cgi-bin/ticket/getticket", getticket],
  ["/wxa/business/getuserphonenumber", getUserPhoneNumber],
  ["/wxa/checksession", checksession],
  ["/wxa/resetusersessionkey", resetusersessionkey],
  ["/cgi-bin/gettoken", gettoken],
  ["/cgi-bin/get_jsapi_ticket", getJsapiTicket],
  ["/cgi-bin/ticket/get", getAgentTicket],
]);

function parseObject(body: string): { [member: string]: unknown } {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
