import type { Config } from "../config/schema.ts";
import type { StoreSettings } from "../store/settings.ts";
import { orNull } from "./ports.ts";

/** Returns the options of the client of WeChat. */
export const weChatOptions = (config: Config) => ({
  apiBase: config["wechat.api_base"],
  workApiBase: config["work.api_base"],
  connectTimeoutSeconds: config["wechat.connect_timeout"],
  timeoutSeconds: config["wechat.timeout"],
  proxy: orNull(config["wechat.proxy"]),
});

/** Returns what the configured store is opened with, without its callbacks. */
export const storeSettings = (config: Config): StoreSettings => ({
  defaultAppid: orNull(config.default_appid),
  dataDir: config.data_dir,
  masterKey: orNull(config.master_key),
  sandbox: config.sandbox,
});
