import { compareKeys, type Database, type RangeOptions } from "lmdb";
import type { PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { sha256 } from "../../crypto/digest.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import type { Environment } from "./environment.ts";

/** The members of a session by which it is indexed. */
export interface Indexed {
  appid: string;
  openid: string;
  indexedAt: Milliseconds;
}

/** An entry of the index by user: codes of app and id; up to format 3 the appid and the id. */
export type UserKey = [app: string, openid: string, id: string];
/** An entry of the index by expiry: codes of time and id; up to format 3 the time and the id. */
export type ExpiryKey = [time: string, id: string] | [time: Milliseconds, id: string];

/** Sorts after every id and openid. */
const AFTER = "\u{10ffff}";
/** Sorts before every time, and after every number. */
const FIRST_TIME = "";

/** Begins the code of an app, and no appid. */
const APP_MARK = "~";
const APP_BYTES = 3;
const OUR_ID = /^[0-9a-f]{32}$/;
/** Begins the code of an id that is not ours, and no other. */
const ID_MARK = "=";
/** Seconds, in digits of base 36. */
const TIME_DIGITS = 7;

/**
 * Returns the code of an app in keys. Two apps may have the same one: callers compare the appid of
 * the record.
 */
const appCode = (appid: string): string =>
  APP_MARK + sha256(appid).subarray(0, APP_BYTES).toString("base64url");

const idCode = (id: string): string =>
  OUR_ID.test(id) ? Buffer.from(id, "hex").toString("base64url") : ID_MARK + id;

const idOf = (code: string): string =>
  code.startsWith(ID_MARK) ? code.slice(1) : Buffer.from(code, "base64url").toString("hex");

const isOldUserKey = ([app]: UserKey): boolean => !app.startsWith(APP_MARK);

const timeCode = (seconds: number): string => seconds.toString(36).padStart(TIME_DIGITS, "0");

const userKey = (id: string, { appid, openid }: Pick<Indexed, "appid" | "openid">): UserKey => [
  appCode(appid),
  openid,
  idCode(id),
];
const oldUserKey = (id: string, { appid, openid }: Indexed): UserKey => [appid, openid, id];

/** An entry is due once all of its second has passed. */
const expiryKey = (id: string, indexedAt: Milliseconds): ExpiryKey => [
  timeCode(Math.max(0, Math.ceil(indexedAt / 1000))),
  idCode(id),
];

/**
 * Returns the id of the session to which an entry of the index by user leads.
 *
 * @throws Error for a key that is damaged
 */
export function idInUserKey(key: UserKey): string {
  const isWhole = Array.isArray(key) && key.length === 3 && key.every(isText);
  if (!isWhole) throw damagedKey();
  return isOldUserKey(key) ? key[2] : idOf(key[2]);
}

/**
 * Returns the id of the session to which an entry of the index by expiry leads.
 *
 * @throws Error for a key that is damaged
 */
export function idInExpiryKey(key: ExpiryKey): string {
  if (!Array.isArray(key) || key.length !== 2 || !isText(key[1])) throw damagedKey();
  const [time, id] = key;
  return isText(time) ? idOf(id) : id;
}

const isText = (value: unknown): value is string => typeof value === "string";

const damagedKey = (): Error => new Error("its key is damaged");

/** Returns the entries that a session may have, today's first; it has one in each index. */
export const possibleKeys = (
  id: string,
  indexed: Indexed,
): { byUser: UserKey[]; byExpiry: ExpiryKey[] } => ({
  byUser: [userKey(id, indexed), oldUserKey(id, indexed)],
  byExpiry: [expiryKey(id, indexed.indexedAt), [indexed.indexedAt, id]],
});

/**
 * The indexes of the sessions, by user and by expiry. Entries up to format 3 are read beside those
 * of today, and replaced when their session changes.
 */
export class SessionIndexes {
  readonly #env;
  readonly #byUser: Database<true, UserKey>;
  readonly #byExpiry: Database<true, ExpiryKey>;
  /** Whether there were entries by user up to format 3 in a state of the store. */
  #old = { state: -1, exist: true };

  constructor(env: Environment) {
    this.#env = env;
    this.#byUser = env.table<true, UserKey>("sessions-by-user");
    this.#byExpiry = env.table<true, ExpiryKey>("sessions-by-expiry");
  }

  add(id: string, indexed: Indexed): void {
    this.#byUser.put(userKey(id, indexed), true);
    this.#byExpiry.put(expiryKey(id, indexed.indexedAt), true);
  }

  remove(id: string, indexed: Indexed): void {
    const { byUser, byExpiry } = possibleKeys(id, indexed);
    for (const key of byUser) this.#byUser.remove(key);
    for (const key of byExpiry) this.#byExpiry.remove(key);
  }

  /** Removes an entry that leads to no session. */
  removeUserKey(key: UserKey): void {
    this.#byUser.remove(key);
  }

  /** Moves a session in the index by expiry. */
  move(id: string, from: Milliseconds, to: Milliseconds): void {
    for (const key of [expiryKey(id, from), [from, id]] as ExpiryKey[]) this.#byExpiry.remove(key);
    this.#byExpiry.put(expiryKey(id, to), true);
  }

  /** Moves what is due, and leads to this id, or to nothing, from its place in the index. */
  replaceDue(key: ExpiryKey, to: Milliseconds | null): void {
    this.#byExpiry.remove(key);
    if (to !== null) this.#byExpiry.put(expiryKey(idInExpiryKey(key), to), true);
  }

  /** Replaces an entry up to format 3 by one of today. */
  renew(key: UserKey): void {
    if (!isOldUserKey(key)) return;
    const [appid, openid, id] = key;
    this.#byUser.remove(key);
    this.#byUser.put(userKey(id, { appid, openid }), true);
  }

  /** Returns the entries of a user, or of an app whose code this one's is, too. */
  *ofApp(appid: string, openid: string | null): Generator<UserKey> {
    yield* this.#byUser.getKeys(rangeOf(appCode(appid), openid));
    if (this.#haveOld()) yield* this.#byUser.getKeys(rangeOf(appid, openid));
  }

  /**
   * Returns whether there may be entries by user up to format 3. It looks once after each commit:
   * a process of an earlier version may add some until it ends.
   */
  #haveOld(): boolean {
    const { state } = this.#env;
    if (state === null) return true;
    if (state !== this.#old.state) {
      const ranges: RangeOptions[] = [{ end: [APP_MARK] }, { start: [APP_MARK + AFTER] }];
      const exist = ranges.some((range) => [...this.#byUser.getKeys({ ...range, limit: 1 })][0]);
      this.#old = { state, exist };
    }
    return this.#old.exist;
  }

  /** Returns up to `limit` entries of sessions that were to expire by then, in any order. */
  due(now: Milliseconds, limit: number): ExpiryKey[] {
    const last = timeCode(Math.max(0, Math.floor(now / 1000)));
    const due = [...this.#byExpiry.getKeys({ start: [FIRST_TIME, ""], end: [last, AFTER], limit })];
    const rest = limit - due.length;
    if (rest === 0) return due;
    return [...due, ...this.#byExpiry.getKeys({ end: [now, AFTER], limit: rest })];
  }

  /**
   * Returns the entries behind a cursor, by openid: one more than a page has, for the caller to see
   * whether there are more.
   *
   * @throws StoreError "cursor" when the cursor is not an entry of the list
   */
  page(appid: string, openid: string | null, { cursor, limit }: PageRequest): UserKey[] {
    const code = appCode(appid);
    const after = cursor === undefined ? null : fromCursor<UserKey>(cursor, ["", "", ""]);
    if (after !== null && !isOf(after, [code, appid], openid)) throw foreignCursor();
    const [ours, old] = [code, appid].map((app) => [
      ...this.#byUser.getKeys({
        ...rangeOf(app, openid),
        ...(after !== null && startBehind(after, app, code)),
        limit: limit + 1,
      }),
    ]) as [UserKey[], UserKey[]];
    return merged(ours, old).slice(0, limit + 1);
  }
}

type KeyRange = RangeOptions & { start: UserKey; end: UserKey };

const rangeOf = (app: string, openid: string | null): KeyRange =>
  openid === null
    ? { start: [app, "", ""], end: [app, AFTER, ""] }
    : { start: [app, openid, ""], end: [app, openid, AFTER] };

const isOf = (key: UserKey, apps: readonly string[], openid: string | null): boolean =>
  apps.includes(key[0]) && (openid === null || key[1] === openid);

/**
 * Returns where the entries of one form continue behind an entry of any form: those of a user are
 * today's first.
 */
function startBehind(after: UserKey, app: string, code: string): RangeOptions {
  if (after[0] === app) return { start: after, exclusiveStart: true };
  return { start: [app, after[1], app === code ? AFTER : ""] };
}

/** Merges two lists of entries by openid. */
function merged(ours: readonly UserKey[], old: readonly UserKey[]): UserKey[] {
  if (old.length === 0) return [...ours];
  return [...ours, ...old].sort(
    (one, other) =>
      compareKeys(one[1], other[1]) || Number(isOldUserKey(one)) - Number(isOldUserKey(other)),
  );
}
