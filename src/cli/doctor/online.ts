import { checkCredentials } from "../../core/credentials/credential-check.ts";
import type { Failure } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import { type Check, checksOf } from "./check.ts";

const PAGE = 200;

/** Yields every registered app and WeCom agent. */
export async function* allOwners(store: Store): AsyncGenerator<string> {
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await store.apps.list({ limit: PAGE, ...(cursor !== "" && { cursor }) });
    for (const { appid } of page.items) yield appid;
    cursor = page.next;
  }
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await store.workAgents.list({ limit: PAGE, ...(cursor !== "" && { cursor }) });
    for (const { corpid, agentid } of page.items) yield `${corpid}:${agentid}`;
    cursor = page.next;
  }
}

/** Checks whether WeChat accepts an owner's secret and this machine's address. */
export async function checkOwner(
  { store, wechat }: { store: Store; wechat: WeChat },
  owner: string,
): Promise<Check> {
  const { ok, fail } = checksOf(owner);
  const failure = await checkCredentials({ tables: store, wechat }, owner);
  if (failure === null) return ok("WeChat accepts its secret and this machine's address");
  const [message, todo] = explain(failure, owner);
  return fail(message, todo);
}

function explain({ code, detail }: Failure, owner: string): [message: string, todo: string] {
  const { wechat } = detail;
  if (code === "appNotFound" || code === "agentNotFound")
    return ["it is not registered", `waferd ${owner.includes(":") ? "agent" : "app"} add ${owner}`];
  if (wechat === undefined) {
    const cause = detail.cause instanceof Error ? `: ${detail.cause.message}` : "";
    return [`${code}${cause}`, "see the checks of WeChat and of the store"];
  }
  const { errcode, errmsg } = wechat;
  const address = addressIn(errmsg);
  switch (errcode) {
    case 40164:
      return [
        `WeChat sees this machine as ${address}, which is not on its IP white list (40164)`,
        `add ${address} to the IP white list of ${owner} at mp.weixin.qq.com`,
      ];
    case 60020:
      return [
        `WeCom sees this machine as ${address}, which is not a trusted IP (60020)`,
        `add ${address} to the agent's trusted IPs at work.weixin.qq.com`,
      ];
    case 40125:
      return ["its AppSecret is wrong (40125)", `waferd app update ${owner} --ask-secret`];
    case 40001:
      return ["its secret is wrong (40001)", `waferd agent add ${owner}`];
    case 40013:
      return [
        "WeChat does not know this id (40013)",
        "compare it with the one at mp.weixin.qq.com",
      ];
    default:
      return [`WeChat said ${errcode}: ${errmsg}`, "look the code up in WeChat's documentation"];
  }
}

/**
 * Finds the address in a message such as `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`
 * or `…, from ip: 1.2.3.4, …`.
 */
const addressIn = (errmsg: string): string =>
  /\bip:? ([0-9a-f.:]*[0-9a-f])/i.exec(errmsg)?.[1] ?? "an unknown address";
