import { isAppid } from "../../core/apps/app.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Database, Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { count, idPortions, isCounted, placeholders } from "./session-rows.ts";

/** How long a found owner is used: other servers register apps too. */
const MEMORY: Milliseconds = 1000;

interface OwnerlessRow {
  id: number;
  appid: string;
  waferd_expires_at: number | string | null;
}

/**
 * The sessions that php wrote, whose rows name no app. They belong to `default_appid`, or to the
 * only app, which may be registered after them.
 */
export class OwnerlessSessions {
  readonly #db;
  readonly #tables;
  readonly #defaultAppid;
  readonly #isReadOnly;
  readonly #select: string;
  #owner: { appid: string | null; until: Milliseconds } | null = null;

  /** @param options with isReadOnly, their owner is told without being stored */
  constructor(
    db: Database,
    { tables }: Layout,
    { defaultAppid, isReadOnly }: { defaultAppid: string | null; isReadOnly: boolean },
  ) {
    this.#db = db;
    this.#isReadOnly = isReadOnly;
    this.#tables = tables;
    this.#defaultAppid = defaultAppid;
    this.#select = `SELECT id, '' AS appid, waferd_expires_at FROM ${tables.cSessionInfo}
      WHERE (appid = '' OR appid IS NULL)`;
  }

  /** Returns the app to which they belong; null when it is ambiguous. */
  async owner(queries: Queries = this.#db): Promise<string | null> {
    const now = performance.now();
    if (this.#owner === null || this.#owner.until <= now)
      this.#owner = { appid: await this.#findOwner(queries), until: now + MEMORY };
    return this.#owner.appid;
  }

  /**
   * Gives some of them to their app.
   *
   * @param openid only this user's; null for all
   * @returns how many
   */
  async assign(openid: string | null, limit: number): Promise<number> {
    const owner = await this.owner();
    if (owner === null || this.#isReadOnly) return 0;
    return this.#db.transaction(async (queries) => {
      const rows = await this.#lock(queries, openid, limit);
      await Promise.all(
        idPortions(rows.map(({ id }) => id)).map((ids) =>
          queries.run(
            `UPDATE ${this.#tables.cSessionInfo} SET appid = ? WHERE id IN (${placeholders(ids)})`,
            [owner, ...ids],
          ),
        ),
      );
      const counted = rows.filter(isCounted);
      await count(queries, counted, -1);
      await count(
        queries,
        counted.map((row) => ({ ...row, appid: owner })),
        1,
      );
      return rows.length;
    });
  }

  /** Returns whether a user has one, as a list that is empty or not. */
  find(queries: Queries, openid: string): Promise<unknown[]> {
    return queries.run(`${this.#select} AND open_id = ? LIMIT 1`, [openid]);
  }

  #lock(queries: Queries, openid: string | null, limit: number): Promise<OwnerlessRow[]> {
    return openid === null
      ? queries.run<OwnerlessRow>(`${this.#select} LIMIT ? FOR UPDATE`, [limit])
      : queries.run<OwnerlessRow>(`${this.#select} AND open_id = ? LIMIT ? FOR UPDATE`, [
          openid,
          limit,
        ]);
  }

  #findOwner(queries: Queries): Promise<string | null> {
    return findOwner(queries, this.#tables.cAppinfo, this.#defaultAppid);
  }
}

/**
 * Returns the app of the sessions that name none: `default_appid` if it is registered, else the
 * only app. Given to an app that does not exist, they would be lost to their users.
 */
export async function findOwner(
  queries: Queries,
  apps: string,
  defaultAppid: string | null,
): Promise<string | null> {
  const [first, second] = await queries.run<{ appid: string }>(
    `SELECT appid FROM ${apps} ORDER BY appid = ? DESC LIMIT 2`,
    [defaultAppid ?? ""],
  );
  if (first === undefined || !isAppid(first.appid)) return null;
  return second === undefined || first.appid === defaultAppid ? first.appid : null;
}
