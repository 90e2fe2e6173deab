import { existsSync } from "node:fs";
import type { StoreTools } from "../cli/store-tools.ts";
import type { EmbeddedDriverName } from "../config/drivers/drivers.ts";
import type { Config } from "../config/schema.ts";
import { parseSource } from "../config/source.ts";
import { embeddedData, requireEmbedded, storeTarget } from "../config/store-target.ts";
import { DamagedData, StartError, StoreMissing } from "../core/errors.ts";
import { examineFolder } from "../data-folder/ownership.ts";
import { exportEnd, exportHeader, exportLine } from "../import/export-line.ts";
import { openSource } from "../import/open-source.ts";
import { findSealer } from "../store/master-key.ts";
import { loadFolderTools, openStore } from "../store/open.ts";
import { askRedis } from "../store/redis/handshake.ts";
import { examineData, withFolderAlone } from "./data-folder.ts";
import { storeSettings } from "./port-options.ts";
import { clock, orNull } from "./ports.ts";

/** Tools for the stores that a configuration names. */
export const storeTools: StoreTools = {
  open(config, inspection = "quick") {
    examineData(config, false, null);
    return openStore(storeTarget(config), {
      ...storeSettings(config),
      inspection,
      mayUpgrade: false,
    });
  },
  async openWhole(config) {
    const embedded = embeddedData(config);
    if (embedded === null) return { store: await this.open(config), damages: [] };
    const { requireData, salvageStore } = await loadFolderTools[embedded.driver]();
    requireData(config.data_dir);
    try {
      return { store: await this.open(config, "whole"), damages: [] };
    } catch (error) {
      if (!(error instanceof DamagedData)) throw error;
      return salvageStore({ ...storeSettings(config), mayUpgrade: false }, error);
    }
  },
  async openToRead(config, inspection = "quick") {
    examineFolder(config.data_dir, { isServer: false, makes: [] });
    try {
      return await openStore(storeTarget(config), {
        ...storeSettings(config),
        inspection,
        isReadOnly: true,
      });
    } catch (error) {
      if (error instanceof StoreMissing) return null;
      throw error;
    }
  },
  openSource: (config, from, scope) =>
    openSource(parseSource(from), {
      ...scope,
      now: clock.now(),
      sealer: sealerOf(config),
      askRedis,
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
    withFolderTools(config, ({ backupFolder }) => {
      examineData(config, false, null);
      return backupFolder(config.data_dir, to, withKeys);
    }),
  restore: (config, from) =>
    withFolderTools(config, async ({ openCopy, restoreFolder }) => {
      using copy = openCopy(from);
      const restore = () => restoreFolder(copy, config.data_dir);
      // A folder with data is refused, whether or not a server has it.
      return existsSync(embeddedData(config)?.file ?? "")
        ? await restore()
        : await withFolderAlone(config, restore);
    }),
  compact: (config) =>
    withFolderTools(config, ({ compactFolder }) =>
      withFolderAlone(config, () => compactFolder(config.data_dir)),
    ),
};

const sealerOf = (config: Config) => findSealer(config.data_dir, orNull(config.master_key));

type FolderTools = Awaited<ReturnType<(typeof loadFolderTools)[EmbeddedDriverName]>>;

const withFolderTools = async <T>(
  config: Config,
  run: (tools: FolderTools) => Promise<T>,
): Promise<T> => run(await loadFolderTools[requireEmbedded(config)]());
