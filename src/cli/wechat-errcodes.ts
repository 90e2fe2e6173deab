import { addressSeen, type RefusalCause, refusalCause } from "../core/wechat-refusal.ts";

/** The meaning of an errcode of WeChat or WeCom for a registration, and what to do. */
export interface Explanation {
  problem: string;
  todo: string;
}

interface Refused {
  errcode: number;
  /** Of this machine, as WeChat sees it. */
  address: string;
  app: string;
  agent: string;
}

const ERRCODE_TRUSTED_IP = 60020;
const ERRCODE_WORK_SECRET = 40001;

const EXPLANATIONS: Record<RefusalCause, ((refused: Refused) => Explanation) | null> = {
  addressNotListed: ({ errcode, address, app }) =>
    errcode === ERRCODE_TRUSTED_IP
      ? {
          problem: `WeCom sees this machine as ${address}, which is not a trusted IP (60020)`,
          todo: `add ${address} to the agent's trusted IPs at work.weixin.qq.com`,
        }
      : {
          problem: `WeChat sees this machine as ${address}, which is not on its IP white list (40164)`,
          todo: `add ${address} to the IP white list of ${app} at mp.weixin.qq.com`,
        },
  secretWrong: ({ errcode, app, agent }) =>
    errcode === ERRCODE_WORK_SECRET
      ? { problem: "its secret is wrong (40001)", todo: `waferd agent add ${agent}` }
      : {
          problem: "its AppSecret is wrong (40125)",
          todo: `waferd app update ${app} --ask-secret`,
        },
  secretFrozen: ({ app }) => ({
    problem: "its AppSecret is frozen (40243)",
    todo: `unfreeze the AppSecret of ${app} at mp.weixin.qq.com`,
  }),
  appidUnknown: () => ({
    problem: "WeChat does not know this id (40013)",
    todo: "compare it with the one at mp.weixin.qq.com",
  }),
  tooOften: null,
  busy: null,
  other: null,
};

/**
 * Explains the errcodes that an operator can do something about; null for others.
 *
 * @param owner the appid, or `corpid:agentid`; null when it is not known
 */
export function explainErrcode(
  wechat: { errcode: number; errmsg: string },
  owner: string | null,
): Explanation | null {
  return (
    EXPLANATIONS[refusalCause(wechat)]?.({
      errcode: wechat.errcode,
      address: addressSeen(wechat) ?? "an unknown address",
      app: owner ?? "<appid>",
      agent: owner ?? "<corpid:agentid>",
    }) ?? null
  );
}
