import type { AppTable } from "../apps/app-table.ts";
import type { WorkAgentTable } from "../apps/work-agent-table.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { CredentialUpstream } from "./credential-upstream.ts";

/**
 * Whether WeChat takes an owner's secret from this machine. Asks for the token that is current, so that none dies, and
 * keeps nothing.
 *
 * @param owner an appid, or a WeCom agent as `corpid:agentid`
 * @returns null when it does, or a Failure: appNotFound, agentNotFound, storeFailed, wechatRefused, wechatUnreachable,
 * wechatAnswerWrong
 */
export async function checkCredentials(
  {
    tables,
    wechat,
  }: { tables: { apps: AppTable; workAgents: WorkAgentTable }; wechat: CredentialUpstream },
  owner: string,
): Promise<Failure | null> {
  const [name = "", agentid] = owner.split(":");
  const asked =
    agentid === undefined
      ? await ofApp(tables, wechat, name)
      : await ofAgent(tables, wechat, name, agentid);
  return asked instanceof Failure ? asked : null;
}

async function ofApp(
  tables: { apps: AppTable; workAgents: WorkAgentTable },
  wechat: CredentialUpstream,
  appid: string,
) {
  const app = await attempt("storeFailed", () => tables.apps.get(appid));
  if (app === null) return new Failure("appNotFound");
  // Whichever endpoint the app uses: the legacy one kills the token before.
  return app instanceof Failure
    ? app
    : wechat.fetchStableToken({ appid, appSecret: app.appSecret }, false);
}

async function ofAgent(
  tables: { apps: AppTable; workAgents: WorkAgentTable },
  wechat: CredentialUpstream,
  corpid: string,
  agentid: string,
) {
  const agent = await attempt("storeFailed", () => tables.workAgents.get(corpid, agentid));
  if (agent === null) return new Failure("agentNotFound");
  return agent instanceof Failure ? agent : wechat.fetchWorkToken(agent);
}
