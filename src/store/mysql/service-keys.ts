import { fromStoredKey, type ServiceKey } from "../../core/access/service-key.ts";
import type { ServiceKeyTable } from "../../core/access/service-key-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { fromCursor } from "../cursor.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface ServiceKeyRow {
  id: string;
  title: string;
  key_hash: Uint8Array;
  apps: string;
  capabilities: string;
  created_at: number | string;
  expires_at: number | string | null;
  last_used_at: number | string | null;
  last_used_from: string | null;
}

export class MySqlServiceKeys implements ServiceKeyTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(id: string): Promise<ServiceKey | null> {
    return this.#db.read("SELECT * FROM waferd_service_keys WHERE id = ?", [id], firstKey);
  }

  async getByHash(keyHash: Uint8Array): Promise<ServiceKey | null> {
    return this.#db.read(
      "SELECT * FROM waferd_service_keys WHERE key_hash = ?",
      [keyHash],
      firstKey,
    );
  }

  async create(key: ServiceKey): Promise<void> {
    await this.#db.run(
      `REPLACE INTO waferd_service_keys
        (id, title, key_hash, apps, capabilities, created_at, expires_at, last_used_at, last_used_from)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        key.id,
        key.title,
        key.keyHash,
        JSON.stringify(key.apps),
        JSON.stringify([...key.capabilities, ...(key.paths ?? []).map((path) => PATH + path)]),
        key.createdAt,
        key.expiresAt,
        key.lastUsedAt,
        key.lastUsedFrom,
      ],
    );
  }

  async touch(id: string, lastUsedAt: Milliseconds, lastUsedFrom: string | null): Promise<void> {
    await this.#db.run(
      `UPDATE waferd_service_keys SET last_used_at = ?, last_used_from = ?
        WHERE id = ? AND (COALESCE(last_used_at, 0) < ? OR last_used_at > ?)`,
      [lastUsedAt, lastUsedFrom, id, lastUsedAt, lastUsedAt + CLOCK_TOLERANCE],
    );
  }

  async revoke(id: string): Promise<boolean> {
    return this.#db.transaction(async (queries) => {
      const { affectedRows } = await queries.run("DELETE FROM waferd_service_keys WHERE id = ?", [
        id,
      ]);
      return affectedRows > 0;
    });
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<ServiceKey>> {
    const after = cursor === undefined ? "" : fromCursor(cursor, "");
    return this.#db.read(
      "SELECT * FROM waferd_service_keys WHERE id > ? ORDER BY id LIMIT ?",
      [after, limit + 1],
      (rows: ServiceKeyRow[]) => toPage(rows, limit, ({ id }) => id, toKey),
    );
  }
}

/**
 * Marks a path among the names of the capabilities. Earlier versions ignore names that they do not
 * know, so that the table needs no other column.
 */
const PATH = "path:";

function capabilitiesOf(names: readonly string[]): {
  capabilities: string[];
  paths: string[] | null;
} {
  const [paths = [], capabilities = []] = [true, false].map((isPath) =>
    names.filter((name) => name.startsWith(PATH) === isPath),
  );
  return {
    capabilities,
    paths: paths.length === 0 ? null : paths.map((path) => path.slice(PATH.length)),
  };
}

const firstKey = ([row]: ServiceKeyRow[]): ServiceKey | null =>
  row === undefined ? null : toKey(row);

const toKey = (row: ServiceKeyRow): ServiceKey =>
  fromStoredKey({
    id: row.id,
    title: row.title,
    keyHash: row.key_hash,
    apps: JSON.parse(row.apps) as string[],
    ...capabilitiesOf(JSON.parse(row.capabilities) as string[]),
    createdAt: Number(row.created_at),
    expiresAt: row.expires_at === null ? null : Number(row.expires_at),
    lastUsedAt: row.last_used_at === null ? null : Number(row.last_used_at),
    lastUsedFrom: row.last_used_from,
  });
