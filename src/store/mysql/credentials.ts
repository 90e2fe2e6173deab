import type { Credential } from "../../core/credentials/credential.ts";
import type { CredentialTable } from "../../core/credentials/credential-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { fromCursor } from "../cursor.ts";
import type { Database, Queries } from "./database.ts";
import { toPage } from "./paging.ts";

interface CredentialRow {
  name: string;
  value: Uint8Array;
  fetched_at: number | string;
  expires_at: number | string;
  last_used_at: number | string;
  forced_at: number | string | null;
}

const valuePlace = (key: string): string => `credentials:${key}:value`;

export class MySqlCredentials implements CredentialTable {
  readonly #db;
  readonly #sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  async get(key: string): Promise<Credential | null> {
    return this.#db.read(
      "SELECT * FROM waferd_credentials WHERE name = ?",
      [key],
      ([row]: CredentialRow[]) => (row === undefined ? null : this.#load(row)),
    );
  }

  async put(credential: Credential): Promise<void> {
    await putCredential(this.#db, this.#sealer, credential);
  }

  async touch(key: string, lastUsedAt: Milliseconds): Promise<void> {
    await this.#db.run(
      `UPDATE waferd_credentials SET last_used_at = ?
        WHERE name = ? AND (last_used_at < ? OR last_used_at > ?)`,
      [lastUsedAt, key, lastUsedAt, lastUsedAt + CLOCK_TOLERANCE],
    );
  }

  async delete(key: string): Promise<boolean> {
    return this.#db.transaction(async (queries) => {
      const { affectedRows } = await queries.run("DELETE FROM waferd_credentials WHERE name = ?", [
        key,
      ]);
      return affectedRows > 0;
    });
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<Credential>> {
    const after = cursor === undefined ? "" : fromCursor(cursor, "");
    return this.#db.read(
      "SELECT * FROM waferd_credentials WHERE name > ? ORDER BY name LIMIT ?",
      [after, limit + 1],
      (rows: CredentialRow[]) =>
        toPage(
          rows,
          limit,
          ({ name }) => name,
          (row) => this.#load(row),
        ),
    );
  }

  #load(row: CredentialRow): Credential {
    return {
      key: row.name,
      value: this.#sealer.open(row.value, valuePlace(row.name)),
      fetchedAt: Number(row.fetched_at),
      expiresAt: Number(row.expires_at),
      lastUsedAt: Number(row.last_used_at),
      forcedAt: row.forced_at === null ? null : Number(row.forced_at),
    };
  }
}

/** Seals and stores a credential, unless there is one that was fetched then or later. */
export async function putNewer(
  queries: Queries,
  sealer: Sealer,
  credential: Credential,
): Promise<void> {
  const [known] = await queries.run<{ fetched_at: number | string }>(
    "SELECT fetched_at FROM waferd_credentials WHERE name = ?",
    [credential.key],
  );
  if (known !== undefined && Number(known.fetched_at) >= credential.fetchedAt) return;
  await putCredential(queries, sealer, credential);
}

/** Seals and stores a credential. */
async function putCredential(
  queries: Queries,
  sealer: Sealer,
  { key, value, fetchedAt, expiresAt, lastUsedAt, forcedAt }: Credential,
): Promise<void> {
  await queries.run(
    `REPLACE INTO waferd_credentials (name, value, fetched_at, expires_at, last_used_at, forced_at)
      VALUES (?, ?, ?, ?, ?, ?)`,
    [key, sealer.seal(value, valuePlace(key)), fetchedAt, expiresAt, lastUsedAt, forcedAt],
  );
}

/** Removes all credentials whose keys begin with this, and their failures. */
export async function removeCredentials(queries: Queries, prefix: string): Promise<void> {
  // Prefixes end in a colon, and a semicolon comes next.
  const end = `${prefix.slice(0, -1)};`;
  await queries.run("DELETE FROM waferd_credentials WHERE name >= ? AND name < ?", [prefix, end]);
  await queries.run("DELETE FROM waferd_renewal_failures WHERE name >= ? AND name < ?", [
    prefix,
    end,
  ]);
}
