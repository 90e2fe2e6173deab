import { basename, join, resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import { elsewhereAdvice, embeddedData } from "../config/store-target.ts";
import type { AuditTrail } from "../core/access/audit-trail.ts";
import { BackupService } from "../core/backups/backup-service.ts";
import type { Log } from "../core/ports.ts";
import { parseSpan } from "../core/span.ts";
import type { Store } from "../core/store.ts";
import { BackupFolder } from "../data-folder/backup-folder.ts";
import { loadFolderTools } from "../store/open.ts";
import { copyInProcess } from "./backup-process.ts";
import { clock, monotonic, orNull, random } from "./ports.ts";

/** Returns the backups of the configured store. */
export async function openBackups(
  config: Config,
  { store, audit, log }: { store: Store; audit: AuditTrail; log: Log },
): Promise<BackupService> {
  return new BackupService(
    {
      ...{ tables: store, audit, clock, monotonic, random, log },
      usage: () => store.usage(),
      place: await placeOf(config),
    },
    {
      every: parseSpan(config["backup.every"]),
      keep: config["backup.keep"],
      advice: elsewhereAdvice(config),
    },
  );
}

async function placeOf(config: Config): Promise<BackupFolder | null> {
  const embedded = embeddedData(config);
  if (embedded === null) return null;
  const { driver, file } = embedded;
  const { isWholeCopy } = await loadFolderTools[driver]();
  const dataDir = resolve(config.data_dir);
  return new BackupFolder({
    folder: resolve(orNull(config["backup.dir"]) ?? join(dataDir, "backups")),
    dataDir,
    dataFile: basename(file),
    copy: (to, signal) => copyInProcess(driver, dataDir, to, signal),
    isWhole: isWholeCopy,
  });
}
