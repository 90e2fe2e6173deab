import type { StoreTools } from "../cli/store-tools.ts";
import type { Config } from "../config/schema.ts";
import { storeTarget } from "../config/store-target.ts";
import { StartError } from "../core/errors.ts";
import { parseZone } from "../core/zone.ts";
import { exportEnd, exportHeader, exportLine } from "../import/export-line.ts";
import { openSource } from "../import/open-source.ts";
import { findSealer } from "../store/master-key.ts";
import { loadCopying, openStore } from "../store/open.ts";
import type { OnUpgrade } from "../store/upgrade.ts";
import { storeOptions } from "./compose.ts";
import { clock, orNull } from "./ports.ts";

/** Tools for the stores that a configuration names. */
export const storeTools: StoreTools = {
  open: (config) =>
    openStore(storeOptions(config, storeTarget(config), { onUpgrade: printUpgrade })),
  async openExisting(config) {
    if (storeTarget(config).driver === "lmdb") (await loadCopying()).requireData(config.data_dir);
    return this.open(config);
  },
  openSource: (config, from, appid) =>
    openSource(from, {
      appid,
      zone: parseZone(config["mysql.timezone"]) ?? 0,
      now: clock.now(),
      sealer: sealerOf(config),
    }),
  exportFormat(config, clear) {
    const sealer = clear ? null : sealerOf(config);
    if (!clear && sealer === null)
      throw new StartError(
        `cannot seal the export: ${config.data_dir} has no master.key; set WAFERD_MASTER_KEY, or give --clear-secrets`,
      );
    return {
      header: () => exportHeader(clock.now(), sealer),
      line: (thing) => exportLine(thing, sealer),
      end: exportEnd,
    };
  },
  backup: (config, to, withKeys) =>
    requireEmbedded(config, ({ backupFolder }) => backupFolder(config.data_dir, to, withKeys)),
  restore: (config, from) =>
    requireEmbedded(config, ({ restoreFolder }) => restoreFolder(from, config.data_dir)),
  compact: (config) =>
    requireEmbedded(config, ({ compactFolder }) => compactFolder(config.data_dir)),
};

/** Tells a person about an upgrade: commands that open a store themselves have no log. */
const printUpgrade: OnUpgrade = ({ from, to, records, durationMs }) =>
  void process.stderr.write(
    `the store was upgraded from format ${from} to ${to} in ${durationMs} ms, ${records} records\n`,
  );

const sealerOf = (config: Config) => findSealer(config.data_dir, orNull(config.master_key));

/** Refuses a shared store: its server comes with tools of its own. */
async function requireEmbedded<T>(
  config: Config,
  run: (copying: Awaited<ReturnType<typeof loadCopying>>) => Promise<T>,
): Promise<T> {
  const { driver } = storeTarget(config);
  if (driver !== "lmdb")
    throw new StartError(
      `this command is for the embedded store, but the data is in ${driver === "redis" ? "Redis: use its own RDB or AOF files" : "MySQL: use mysqldump"}, or waferd export`,
    );
  return await run(await loadCopying());
}
