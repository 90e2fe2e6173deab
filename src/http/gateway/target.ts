import { agentOwner, appOwner, type GatewayOwner } from "../../core/gateway/gateway-owner.ts";
import { pathOf } from "../request-url.ts";

/** The owner and the path that a request to the gateway names. */
export interface Target {
  owner: GatewayOwner;
  /** The path at WeChat; raw. */
  path: string;
}

/** Returns the target of a request below /wechat/ or /wecom/; null when it names no owner. */
export function targetOf(request: Request): Target | null {
  const [, api, ...segments] = pathOf(request).split("/");
  const [first = "", second = ""] = segments;
  const isWechat = api === "wechat";
  const owner = isWechat ? appOwner(first) : agentOwner(first, second);
  const rest = segments.slice(isWechat ? 1 : 2);
  return owner === null || rest.length === 0 ? null : { owner, path: `/${rest.join("/")}` };
}

/** A query without its access_token. */
export interface SplitQuery {
  /** The value of access_token; null when there is none. */
  token: string | null;
  /** Everything else; raw. */
  query: string;
}

/** Takes access_token out of the query of a request. */
export function splitQuery({ url }: Request): SplitQuery {
  const start = url.indexOf("?");
  if (start === -1) return { token: null, query: "" };
  const end = url.indexOf("#", start);
  const query = url.slice(start + 1, end === -1 ? undefined : end);
  let token: string | null = null;
  const others = query.split("&").filter((pair) => {
    // As the receiver would decode it: `%61ccess_token` is one too.
    const [[name, value] = ["", ""]] = new URLSearchParams(pair);
    if (name !== "access_token") return true;
    token ??= value;
    return false;
  });
  return { token, query: others.join("&") };
}
