import { isAppid } from "../core/app.ts";
import type { ConfigProblem } from "./load.ts";
import { parseNetworks } from "./networks.ts";
import type { Config, OptionName } from "./schema.ts";

const MIN_ADMIN_KEY_LENGTH = 20;

/** What a type cannot say of an option: the message of what would be right, or null when it is. */
const RULES: { [Name in OptionName]?: (value: Config[Name]) => string | null } = {
  httpaddr: (host) => (/^[\w.:-]+$/.test(host) ? null : "must be an address or a host name"),
  data_dir: (folder) => (folder === "" ? "must name a folder" : null),
  default_appid: (appid) => (appid === "" || isAppid(appid) ? null : "must be an appid"),
  envelope_paths: (paths) =>
    paths.every((path) => /^\/[\w./-]*$/.test(path)) ? null : "must be paths that begin with /",
  trusted_networks: (networks) => {
    try {
      parseNetworks(networks);
      return null;
    } catch (error) {
      return (error as RangeError).message;
    }
  },
  admin_key: (key) =>
    key === "" || (key.length >= MIN_ADMIN_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key))
      ? null
      : `must have at least ${MIN_ADMIN_KEY_LENGTH} printable characters without spaces`,
  "wechat.api_base": (base) => {
    const url = URL.parse(base);
    return url !== null && /^https?:$/.test(url.protocol) && url.search === "" && !base.endsWith("/")
      ? null
      : "must be an http or https address without a slash at its end, such as https://api.weixin.qq.com";
  },
};

/** Checks the options against what their types cannot say. */
export function validateConfig(config: Config, sources: Record<OptionName, string>): ConfigProblem[] {
  return (Object.keys(RULES) as OptionName[]).flatMap((name) => {
    const rule = RULES[name] as (value: unknown) => string | null;
    const message = rule(config[name]);
    return message === null ? [] : [{ source: sources[name], message }];
  });
}
