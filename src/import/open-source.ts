import type { Milliseconds } from "../core/ports.ts";
import type { MoveSource } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import type { Sealer } from "../crypto/seal.ts";
import { ExportSource } from "./export-file.ts";
import { findFile, readHead } from "./file-bytes.ts";
import { MySqlTables } from "./mysql-source.ts";
import { DumpTables, dumpInFile } from "./mysqldump.ts";
import { RedisSource } from "./redis-source.ts";
import { isAddress, parseAddress } from "./source-address.ts";
import { TableSource } from "./table-source.ts";

/** What is to be known of an import. */
export interface SourceOptions {
  /** The app whose things only are wanted, and whose sessions are that name no app; null for all. */
  appid: string | null;
  /** Of the datetimes in old tables. */
  zone: ZoneMinutes;
  /** When apps and agents are taken over, of which old servers know no time. */
  now: Milliseconds;
  /** Opens what waferd export sealed; null when there is no master key. */
  sealer: Sealer | null;
}

/**
 * Opens what things are imported from.
 *
 * @param from an address `redis://`, `rediss://`, `mysql://` or `mysqls://` of a live database, or the path of a file: an
 * export of waferd's, or a dump of mysqldump's, packed by gzip or not
 * @throws StartError with what is wrong with it
 */
export async function openSource(from: string, options: SourceOptions): Promise<MoveSource> {
  const { appid, sealer, ...context } = options;
  if (isAddress(from)) {
    const address = parseAddress(from);
    return address.driver === "redis"
      ? RedisSource.open(address, appid, context)
      : new TableSource(await MySqlTables.open(address), appid, context);
  }
  const file = findFile(from);
  const isExport = (await readHead(file)).toString("latin1").trimStart().startsWith("{");
  if (isExport) return new ExportSource(file, appid, sealer);
  return new TableSource(new DumpTables(dumpInFile(file)), appid, context);
}
