import type { MoveSource } from "../core/transfer/transfer.ts";
import type { Sealer } from "../crypto/seal.ts";
import { DumpTables, dumpInFile } from "./dump-tables.ts";
import { ExportSource } from "./export-source.ts";
import { findFile, readHead } from "./file-bytes.ts";
import { MySqlTables } from "./mysql-tables.ts";
import { type AskRedis, RedisSource } from "./redis-source.ts";
import type { RowContext } from "./row-records.ts";
import type { ServerAddress } from "./server-address.ts";
import { TableSource } from "./table-source.ts";

export interface SourceOptions extends RowContext {
  /** The app to import, which also owns sessions that name no app; null imports all apps. */
  appid: string | null;
  /** Opens secrets that `waferd export` sealed; null when there is no master key. */
  sealer: Sealer | null;
  /** Finds the cause of a failed connection to Redis, which its client does not tell. */
  askRedis: AskRedis;
}

type OpenServer = (address: ServerAddress, options: SourceOptions) => Promise<MoveSource>;

const SERVERS = {
  redis: (address, { appid, askRedis, zone, now }) =>
    RedisSource.open(address, appid, { zone, now }, askRedis),
  mysql: async (address, { appid, zone, now }) =>
    new TableSource(await MySqlTables.open(address), appid, { zone, now }),
} satisfies Record<string, OpenServer>;

/** A server by its driver, or a file. */
export type OpenableSource =
  | (ServerAddress & { driver: keyof typeof SERVERS })
  | { driver: null; path: string };

/**
 * Opens what is imported: a live database, or a file that is an export of waferd or a dump of
 * mysqldump, compressed by gzip or not.
 *
 * @throws StartError that says what is wrong with it
 */
export async function openSource(
  place: OpenableSource,
  options: SourceOptions,
): Promise<MoveSource> {
  if (place.driver !== null) return SERVERS[place.driver](place, options);
  const { appid, sealer, zone, now } = options;
  const file = findFile(place.path);
  const isExport = (await readHead(file)).toString("latin1").trimStart().startsWith("{");
  if (isExport) return new ExportSource(file, appid, sealer);
  return new TableSource(new DumpTables(dumpInFile(file)), appid, { zone, now });
}
