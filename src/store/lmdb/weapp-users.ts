import type { Milliseconds } from "../../core/ports.ts";
import type { UserInfo } from "../../core/sessions/user-info.ts";
import type { WeappUser } from "../../core/sessions/weapp-user.ts";
import type { WeappUserTable } from "../../core/sessions/weapp-user-table.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Environment } from "./environment.ts";

/** Codes are credentials of their users: only their hashes are stored. */
type CodeKey = [appid: string, codeHash: string];
type UserKey = [appid: string, openid: string];
type ExpiryKey = [expiresAt: Milliseconds, ...CodeKey];

interface WeappUserRecord extends Omit<WeappUser, "appid" | "code" | "userInfo"> {
  /** JSON text, as in sessions. */
  userInfo: string;
}

const AFTER_TEXTS = "\u{10ffff}";
const codeKey = (appid: string, code: string): CodeKey => [appid, sha256(code).toString("hex")];

export class LmdbWeappUsers implements WeappUserTable {
  readonly #env;
  readonly #users;
  readonly #byUser;
  readonly #byExpiry;

  constructor(env: Environment) {
    this.#env = env;
    this.#users = env.table<WeappUserRecord, CodeKey>("weapp-users");
    this.#byUser = env.table<string, UserKey>("weapp-users-by-openid");
    this.#byExpiry = env.table<true, ExpiryKey>("weapp-users-by-expiry");
  }

  get(appid: string, code: string): WeappUser | null {
    return this.#env.read(() => {
      const record = this.#users.get(codeKey(appid, code));
      if (record === undefined) return null;
      return { ...record, appid, code, userInfo: JSON.parse(record.userInfo) as UserInfo };
    });
  }

  remember({ appid, code, userInfo, ...user }: WeappUser): Promise<void> {
    const key = codeKey(appid, code);
    return this.#env.write(() => {
      const older = this.#byUser.get([appid, user.openid]);
      if (older !== undefined) this.#remove([appid, older]);
      this.#remove(key);
      this.#users.put(key, { ...user, userInfo: JSON.stringify(userInfo) });
      this.#byUser.put([appid, user.openid], key[1]);
      this.#byExpiry.put([user.expiresAt, ...key], true);
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.write(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_TEXTS, ""], limit })];
      for (const [, appid, codeHash] of due) this.#remove([appid, codeHash]);
      return due.length;
    });
  }

  #remove(key: CodeKey): void {
    const record = this.#users.get(key);
    if (record === undefined) return;
    this.#users.remove(key);
    this.#byUser.remove([key[0], record.openid]);
    this.#byExpiry.remove([record.expiresAt, ...key]);
  }
}
