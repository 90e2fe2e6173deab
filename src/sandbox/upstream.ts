import type { SandboxWorld } from "./world.ts";

/** An answer of WeChat's API, whose JSON comes as text/plain. */
export interface UpstreamAnswer {
  status: number;
  contentType: string;
  body: string;
}

export type UpstreamEndpoint = (world: SandboxWorld, query: URLSearchParams) => UpstreamAnswer;

const ERRMSG: Readonly<Record<number, string>> = {
  [-1]: "system error",
  40013: "invalid appid",
  40029: "invalid code",
  40125: "invalid appsecret",
  40163: "code been used",
  40226: "code blocked",
  41002: "appid missing",
  41004: "appsecret missing",
  41008: "missing code",
  40002: "invalid grant_type",
  45011: "api minute-quota reach limit, must slower, retry next minute",
};

const plain = (value: object): UpstreamAnswer => ({
  status: 200,
  contentType: "text/plain",
  body: JSON.stringify(value),
});

/** A refusal as WeChat words it, with the request id at the end of errmsg. */
export const refusal = (
  world: SandboxWorld,
  errcode: number,
  errmsg = ERRMSG[errcode] ?? "error",
): UpstreamAnswer => plain({ errcode, errmsg: `${errmsg}, rid: ${world.requestId()}` });

/** PROTOCOL section 4.1. */
const jscode2session: UpstreamEndpoint = (world, query) => {
  const appid = query.get("appid");
  const code = query.get("js_code");
  if (!appid) return refusal(world, 41002);
  const secret = world.apps.get(appid);
  if (secret === undefined) return refusal(world, 40013);
  if (!query.get("secret")) return refusal(world, 41004);
  if (query.get("secret") !== secret) return refusal(world, 40125);
  if (query.get("grant_type") !== "authorization_code") return refusal(world, 40002);
  if (!code) return refusal(world, 41008);
  const taken = world.takeCode(appid, code);
  if (typeof taken === "number") return refusal(world, taken);
  const { openid, unionid } = taken.user;
  return plain({ session_key: taken.sessionKey, openid, ...(unionid !== null && { unionid }) });
};

/** The simulated endpoints by path. */
export const UPSTREAM: ReadonlyMap<string, UpstreamEndpoint> = new Map([
  ["/sns/jscode2session", jscode2session],
]);
