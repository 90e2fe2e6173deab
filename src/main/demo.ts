import type { Actor } from "../core/access/audit.ts";
import type { Core } from "../core/core.ts";
import { Failure } from "../core/errors.ts";
import { DEMO_AGENT, DEMO_APP } from "../sandbox/world.ts";

const ACTOR: Actor = { by: "sandbox", requestId: null, address: null };

/** Registers the app and the WeCom agent of the simulated WeChat, for people to try. */
export async function registerDemo({
  apps,
  workAgents,
}: Pick<Core, "apps" | "workAgents">): Promise<void> {
  await apps.register({ appid: DEMO_APP.appid, appSecret: DEMO_APP.secret, title: "Demo" }, ACTOR);
  const { corpid, agentid, secret: agentSecret } = DEMO_AGENT;
  if ((await workAgents.find(corpid, agentid)) instanceof Failure)
    await workAgents.register({ corpid, agentid, agentSecret, remark: "sandbox" }, ACTOR);
}
