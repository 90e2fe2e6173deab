import { checkCredentials } from "../../core/credentials/credential-check.ts";
import type { Failure } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import { explainErrcode } from "../wechat-errcodes.ts";
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
  const explained = explainErrcode(wechat, owner);
  return explained === null
    ? [
        `WeChat said ${wechat.errcode}: ${wechat.errmsg}`,
        "look the code up in WeChat's documentation",
      ]
    : [explained.problem, explained.todo];
}
