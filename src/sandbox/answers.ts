import type { SandboxWorld } from "./world.ts";

/** A call of WeChat's API. */
export interface UpstreamRequest {
  query: URLSearchParams;
  contentType: string;
  body: string;
  bytes: Buffer;
}

/** An answer of WeChat's API, whose JSON comes as text/plain. */
export interface UpstreamAnswer {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  headers?: Readonly<Record<string, string>>;
}

export type UpstreamEndpoint = (world: SandboxWorld, request: UpstreamRequest) => UpstreamAnswer;

/** WeChat's words for the errcodes that the sandbox gives. */
export const ERRMSG: Readonly<Record<number, string>> = {
  [-1]: "system error",
  40001: "invalid credential, access_token is invalid or not latest",
  40002: "invalid grant_type",
  40003: "invalid openid",
  40004: "invalid media type",
  40007: "invalid media_id",
  40008: "invalid message type",
  40013: "invalid appid",
  40029: "invalid code",
  40037: "invalid template_id",
  40129: "invalid scene",
  40125: "invalid appsecret",
  40163: "code been used",
  40226: "code blocked",
  41002: "appid missing",
  41030: "invalid page",
  41004: "appsecret missing",
  41005: "media data missing",
  41008: "missing code",
  42001: "access_token expired",
  43101: "user refuse to accept the msg",
  44004: "empty content",
  45002: "content size out of limit",
  45009: "reach max api daily quota limit",
  45011: "api minute-quota reach limit, must slower, retry next minute",
  47001: "data format error",
  47003: "argument invalid!",
  87009: "invalid signature",
  87014: "risky content",
};

export const plain = (value: object): UpstreamAnswer => ({
  status: 200,
  contentType: "text/plain",
  body: JSON.stringify(value),
});

export const ok = (value: object): UpstreamAnswer => plain({ errcode: 0, errmsg: "ok", ...value });

/** Returns a refusal in WeChat's words, with the request id at the end of errmsg. */
export const refuse = (
  world: SandboxWorld,
  errcode: number,
  errmsg = ERRMSG[errcode] ?? "error",
): UpstreamAnswer => plain({ errcode, errmsg: `${errmsg}, rid: ${world.requestId()}` });

/** Returns an endpoint that needs a valid token of an app or an agent. */
export const withToken =
  (
    answer: (world: SandboxWorld, owner: string, request: UpstreamRequest) => UpstreamAnswer,
  ): UpstreamEndpoint =>
  (world, request) => {
    const owner = world.hosted.ownerOf(request.query.get("access_token") ?? "");
    return typeof owner === "number" ? refuse(world, owner) : answer(world, owner, request);
  };

/** Returns the members of a JSON body; none if it is not an object. */
export function membersOf(body: string): { [member: string]: unknown } {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
