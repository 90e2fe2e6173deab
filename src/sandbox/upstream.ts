import { signWithSessionKey } from "../crypto/session-signature.ts";
import {
  ERRMSG,
  membersOf,
  ok,
  plain,
  refuse,
  type UpstreamAnswer,
  type UpstreamEndpoint,
  withToken,
} from "./answers.ts";
import { checkImage, checkMedia, checkText } from "./content-check.ts";
import type { Issued } from "./hosted.ts";
import { getMedia, sendCustomerMessage, uploadMedia } from "./media.ts";
import { sendSubscribeMessage } from "./messages.ts";
import { miniProgramCode, squareCode, unlimitedCode } from "./qr-codes.ts";
import type { WechatPath } from "./wechat-routes.ts";
import type { SandboxWorld } from "./world.ts";

/** Returns the errcode for an unknown app or a wrong secret, or null. */
function appError(world: SandboxWorld, appid: unknown, secret: unknown): number | null {
  if (typeof appid !== "string" || appid === "") return 41002;
  const known = world.secretOf(appid, secret);
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
  if (typeof taken === "number") return refuse(world, taken, codeErrmsg(taken));
  const { openid, unionid } = taken.user;
  return plain({ session_key: taken.sessionKey, openid, ...(unionid !== null && { unionid }) });
};

/** A refused code says how to get a good one. */
const codeErrmsg = (errcode: number): string | undefined =>
  errcode === 40029 || errcode === 40163
    ? `${ERRMSG[errcode]} (sandbox: GET /sandbox/login?user=alice gives a code, and waferd serve --sandbox --sandbox-any-code takes any)`
    : undefined;

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
  const parsed = contentType.startsWith("application/json") ? membersOf(body) : {};
  const { appid, secret, grant_type: grantType, force_refresh: force } = parsed;
  const error = appError(world, appid, secret);
  if (error !== null) return refuse(world, error);
  if (grantType !== "client_credential") return refuse(world, 40002);
  const issued = world.hosted.stable(appid as string, force === true);
  return typeof issued === "number" ? refuse(world, issued) : plain(asToken(world, issued));
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
  const { code } = membersOf(body);
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
export const UPSTREAM: Readonly<Record<WechatPath, UpstreamEndpoint>> = {
  "/sns/jscode2session": jscode2session,
  "/cgi-bin/token": token,
  "/cgi-bin/stable_token": stableToken,
  "/cgi-bin/ticket/getticket": getticket,
  "/wxa/business/getuserphonenumber": getUserPhoneNumber,
  "/wxa/checksession": checksession,
  "/wxa/resetusersessionkey": resetusersessionkey,
  "/cgi-bin/gettoken": gettoken,
  "/cgi-bin/get_jsapi_ticket": getJsapiTicket,
  "/cgi-bin/ticket/get": getAgentTicket,
  "/cgi-bin/message/subscribe/send": sendSubscribeMessage,
  "/cgi-bin/message/custom/send": sendCustomerMessage,
  "/cgi-bin/media/upload": uploadMedia,
  "/cgi-bin/media/get": getMedia,
  "/wxa/msg_sec_check": checkText,
  "/wxa/img_sec_check": checkImage,
  "/wxa/media_check_async": checkMedia,
  "/wxa/getwxacode": miniProgramCode,
  "/wxa/getwxacodeunlimit": unlimitedCode,
  "/cgi-bin/wxaapp/createwxaqrcode": squareCode,
};
