import type { AppTable } from "../apps/app-table.ts";
import { parseAgentName } from "../apps/work-agent.ts";
import type { WorkAgentTable } from "../apps/work-agent-table.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { CredentialUpstream, FetchedCredential } from "./credential-upstream.ts";

export interface CredentialCheckDeps {
  tables: { apps: AppTable; workAgents: WorkAgentTable };
  wechat: CredentialUpstream;
}

/**
 * Tells whether WeChat accepts an owner's secret from this machine. Asks for the current token, so
 * that none dies, and keeps nothing.
 *
 * @param owner an appid, or a WeCom agent as `corpid:agentid`
 * @returns null when it does, or a Failure: appNotFound, agentNotFound, storeFailed, wechatRefused,
 * wechatUnreachable, wechatAnswerWrong
 */
export async function checkCredentials(
  deps: CredentialCheckDeps,
  owner: string,
): Promise<Failure | null> {
  const agent = parseAgentName(owner);
  const fetched = await (agent === null
    ? fetchAppToken(deps, owner)
    : fetchAgentToken(deps, agent));
  return fetched instanceof Failure ? fetched : null;
}

async function fetchAppToken(
  { tables, wechat }: CredentialCheckDeps,
  appid: string,
): Promise<FetchedCredential | Failure> {
  const app = await attempt("storeFailed", () => tables.apps.get(appid));
  if (app === null) return new Failure("appNotFound");
  // Also for apps that use the legacy endpoint, which would kill the token before.
  return app instanceof Failure
    ? app
    : wechat.fetchStableToken({ appid, appSecret: app.appSecret }, false);
}

async function fetchAgentToken(
  { tables, wechat }: CredentialCheckDeps,
  { corpid, agentid }: { corpid: string; agentid: string },
): Promise<FetchedCredential | Failure> {
  const agent = await attempt("storeFailed", () => tables.workAgents.get(corpid, agentid));
  if (agent === null) return new Failure("agentNotFound");
  return agent instanceof Failure ? agent : wechat.fetchWorkToken(agent);
}
