import type { Milliseconds } from "../../core/ports.ts";
import type { UserInfo } from "../../core/sessions/user-info.ts";
import type { WeappUser } from "../../core/sessions/weapp-user.ts";
import type { WeappUserTable } from "../../core/sessions/weapp-user-table.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Database } from "./database.ts";
import { lock, slotOf } from "./locks.ts";

interface WeappUserRow {
  openid: string;
  unionid: string | null;
  user_info: string;
  expires_at: number | string;
}

/** A code admits its user, so only its hash is stored. */
export class MySqlWeappUsers implements WeappUserTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(appid: string, code: string): Promise<WeappUser | null> {
    return this.#db.read(
      "SELECT openid, unionid, user_info, expires_at FROM waferd_weapp_users WHERE appid = ? AND code_hash = ?",
      [appid, sha256(code)],
      ([row]: WeappUserRow[]) =>
        row === undefined
          ? null
          : {
              appid,
              code,
              openid: row.openid,
              unionid: row.unionid,
              userInfo: JSON.parse(row.user_info) as UserInfo,
              expiresAt: Number(row.expires_at),
            },
    );
  }

  async remember({ appid, code, openid, unionid, userInfo, expiresAt }: WeappUser): Promise<void> {
    const codeHash = sha256(code);
    await this.#db.transaction(async (queries) => {
      await lock(queries, slotOf("weapp-users", appid, openid));
      // Replaces the row of the user's older code, and any row with this code.
      await queries.run(
        `REPLACE INTO waferd_weapp_users (appid, code_hash, openid, unionid, user_info, expires_at)
          VALUES (?, ?, ?, ?, ?, ?)`,
        [appid, codeHash, openid, unionid, JSON.stringify(userInfo), expiresAt],
      );
    });
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_weapp_users WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}
