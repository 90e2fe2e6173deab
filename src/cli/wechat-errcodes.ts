/** The meaning of an errcode of WeChat or WeCom for a registration, and what to do. */
export interface Explanation {
  problem: string;
  todo: string;
}

/**
 * Explains the errcodes that an operator can do something about; null for others.
 *
 * @param owner the appid, or `corpid:agentid`; null when it is not known
 */
export function explainErrcode(
  { errcode, errmsg }: { errcode: number; errmsg: string },
  owner: string | null,
): Explanation | null {
  const app = owner ?? "<appid>";
  const agent = owner ?? "<corpid:agentid>";
  const address = addressIn(errmsg);
  switch (errcode) {
    case 40164:
      return {
        problem: `WeChat sees this machine as ${address}, which is not on its IP white list (40164)`,
        todo: `add ${address} to the IP white list of ${app} at mp.weixin.qq.com`,
      };
    case 60020:
      return {
        problem: `WeCom sees this machine as ${address}, which is not a trusted IP (60020)`,
        todo: `add ${address} to the agent's trusted IPs at work.weixin.qq.com`,
      };
    case 40125:
      return {
        problem: "its AppSecret is wrong (40125)",
        todo: `waferd app update ${app} --ask-secret`,
      };
    case 40001:
      return { problem: "its secret is wrong (40001)", todo: `waferd agent add ${agent}` };
    case 40013:
      return {
        problem: "WeChat does not know this id (40013)",
        todo: "compare it with the one at mp.weixin.qq.com",
      };
    default:
      return null;
  }
}

/**
 * Finds the address in a message such as `invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`
 * or `…, from ip: 1.2.3.4, …`.
 */
const addressIn = (errmsg: string): string =>
  /\bip:? ([0-9a-f.:]*[0-9a-f])/i.exec(errmsg)?.[1] ?? "an unknown address";
