import { resolve } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { hasPassword } from "../config/store-target.ts";
import type { Core } from "../core/core.ts";
import { Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { isExposed } from "../store/key-file.ts";
import { orNull } from "./ports.ts";

/** Logs what is odd about a configuration, before anything is opened. */
export function warnOfConfiguration(
  { config, sources, ignored, hints, unknown, path }: LoadedConfig,
  log: Log,
): void {
  if (path !== null) log.info({ path: resolve(path) }, "configured by a file");
  for (const hint of [...hints, ...unknown]) log.warn({}, hint);
  if (ignored.length > 0)
    log.info({ keys: ignored }, "keys of the configuration without a meaning here");
  if (sources.store.startsWith("--") && hasPassword(config.store))
    log.warn(
      {},
      "every user of this machine can read the store's password: put the address into WAFERD_STORE",
    );
}

/**
 * Logs what exposes secrets or users.
 *
 * @param adminKeyPath the file of the admin key; null when the key was configured
 */
export function warnOfDangers(config: Config, adminKeyPath: string | null, log: Log): void {
  if (config.sandbox) log.warn({}, "SANDBOX: WeChat is simulated, and anyone can log in as anyone");
  if (config.sandbox_any_code)
    log.warn({}, "any login code is taken; data that WeChat itself encrypted cannot be decrypted");
  if (config["wechat.api_base"].startsWith("http:"))
    log.warn({ apiBase: config["wechat.api_base"] }, "secrets go to WeChat without TLS");
  if (isExposed(config.data_dir))
    log.warn({ path: config.data_dir }, "others can read this data folder: chmod 700 it");
  const masterKeyPath = orNull(config.master_key) === null ? `${config.data_dir}/master.key` : null;
  for (const path of [adminKeyPath, masterKeyPath])
    if (path !== null && isExposed(path))
      log.warn({ path }, "others can read this key file: chmod 600 it");
}

/** Logs when requests that name no app have none, because default_appid is not registered. */
export async function warnOfDefaultApp(
  { default_appid: defaultAppid }: Config,
  { apps }: Pick<Core, "apps">,
  log: Log,
): Promise<void> {
  if (defaultAppid !== "" && (await apps.find(null)) instanceof Failure)
    log.warn({ defaultAppid }, "default_appid is not registered");
}
