import { maskAddress } from "../../core/address.ts";
import { StartError } from "../../core/errors.ts";
import type { MoveSource } from "../../core/transfer.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { DumpTables } from "./dump-tables.ts";
import { ExportSource } from "./export-source.ts";
import { fileSize, readBytes } from "./lines.ts";
import { MySqlTables } from "./mysql-tables.ts";
import { RedisSource } from "./redis-source.ts";
import type { RowContext } from "./rows.ts";
import { TablesSource } from "./tables-source.ts";

export interface SourceOptions {
  context: RowContext;
  /** The app whose things are wanted; null for all. */
  appid: string | null;
  /** Of the master key, for sealed exports; asked for when one is met. */
  sealer: () => Sealer;
}

/**
 * Opens what `waferd import --from` names: an address, or a file of either kind.
 *
 * @throws StartError when it is neither, or cannot be read
 */
export async function openSource(from: string, options: SourceOptions): Promise<MoveSource> {
  const scheme = /^([a-z]+):\/\//.exec(from)?.[1];
  if (scheme === undefined) return openFile(from, options);
  const address = URL.canParse(from) ? new URL(from) : null;
  if (address === null || address.hostname === "")
    throw new StartError(
      `--from: ${maskAddress(from)} is no address: it must have a host, such as redis://127.0.0.1:6379/0`,
    );
  switch (scheme) {
    case "redis":
    case "rediss":
      return RedisSource.open(from, options);
    case "mysql":
    case "mysqls":
      if (address.pathname.length < 2)
        throw new StartError(`--from: ${maskAddress(from)} names no database: put /<database> at its end`);
      return new TablesSource(await MySqlTables.open(from), options);
    default:
      throw new StartError(
        `--from: ${scheme}:// is none that can be read: it must be redis://…, mysql://… or a file`,
      );
  }
}

async function openFile(path: string, { context, appid, sealer }: SourceOptions): Promise<MoveSource> {
  fileSize(path);
  for await (const piece of readBytes(path)) {
    const head = piece.toString("utf8", 0, 200).trimStart();
    return head.startsWith('{"waferd"')
      ? new ExportSource(path, { sealer, appid })
      : new TablesSource(new DumpTables(path), { context, appid });
  }
  throw new StartError(`cannot read ${path}: it is empty`);
}
