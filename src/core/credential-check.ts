import { attempt } from "./attempt.ts";
import { Failure } from "./errors.ts";
import type { Store } from "./store.ts";
import type { WeChat } from "./wechat.ts";

/**
 * Whether WeChat takes an owner's secret from this machine. Asks for the token that is current, so that none dies, and
 * keeps nothing.
 *
 * @param owner an appid, or a WeCom agent as `corpid:agentid`
 * @returns null when it does, or a Failure: appNotFound, agentNotFound, storeFailed, wechatRefused, wechatUnreachable,
 * wechatAnswerWrong
 */
export async function checkCredentials(
  { store, wechat }: { store: Store; wechat: WeChat },
  owner: string,
): Promise<Failure | null> {
  const [name = "", agentid] = owner.split(":");
  const asked =
    agentid === undefined ? await ofApp(store, wechat, name) : await ofAgent(store, wechat, name, agentid);
  return asked instanceof Failure ? asked : null;
}

async function ofApp(store: Store, wechat: WeChat, appid: string) {
  const app = await attempt("storeFailed", () => store.apps.get(appid));
  if (app === null) return new Failure("appNotFound");
  // Whichever endpoint the app uses: the legacy one kills the token before.
  return app instanceof Failure ? app : wechat.fetchStableToken({ appid, appSecret: app.appSecret }, false);
}

async function ofAgent(store: Store, wechat: WeChat, corpid: string, agentid: string) {
  const agent = await attempt("storeFailed", () => store.workAgents.get(corpid, agentid));
  if (agent === null) return new Failure("agentNotFound");
  return agent instanceof Failure ? agent : wechat.fetchWorkToken(agent);
}
