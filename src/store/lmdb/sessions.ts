import { asBinary } from "lmdb";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { EncodedSession } from "../../core/sessions/encoded-session.ts";
import {
  isLater,
  type Session,
  type SessionWithKey,
  type StoredSession,
} from "../../core/sessions/session.ts";
import type {
  CheckedSessionRef,
  IssuedSession,
  PutOutcome,
  SessionIssue,
  SessionRef,
  SessionTable,
  Sweep,
  Visit,
} from "../../core/sessions/session-table.ts";
import { type JsonObject, mergeUserInfo, type UserInfo } from "../../core/sessions/user-info.ts";
import { equalDigests, sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Counters } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";
import {
  encodedSession,
  readWhole,
  type SessionRecord,
  sessionLayout,
  visitedRecord,
} from "./session-record.ts";

type UserKey = [appid: string, openid: string, id: string];
type ExpiryKey = [indexedAt: Milliseconds, id: string];

/** Sorts after every id and openid. */
const AFTER_IDS = "\u{10ffff}";

const userRange = (appid: string, openid: string): { start: UserKey; end: UserKey } => ({
  start: [appid, openid, ""],
  end: [appid, openid, AFTER_IDS],
});
const appRange = (appid: string): { start: UserKey; end: UserKey } => ({
  start: [appid, "", ""],
  end: [appid, AFTER_IDS, ""],
});

const keyPlace = (id: string): string => `sessions:${id}:sessionKey`;
const countName = (appid: string): string => `sessions:${appid}`;

function toSession(id: string, record: SessionRecord): Session {
  return {
    id,
    appid: record.appid,
    openid: record.openid,
    unionid: record.unionid,
    skeyHash: record.skeyHash,
    userInfo: JSON.parse(record.userInfo) as UserInfo,
    loginAt: record.loginAt,
    lastVisitAt: record.lastVisitAt,
  };
}

/** Reads a profile. A damaged one must not lock its user out: the next login starts a new one. */
function readProfile(userInfo: string): JsonObject | null {
  try {
    return JSON.parse(userInfo) as JsonObject;
  } catch {
    return null;
  }
}

export class LmdbSessions implements SessionTable {
  readonly #env;
  readonly #counters;
  readonly #sealer;
  readonly #sessions;
  readonly #byUser;
  readonly #byExpiry;

  constructor(env: Environment, counters: Counters, sealer: Sealer) {
    this.#env = env;
    this.#counters = counters;
    this.#sealer = sealer;
    this.#sessions = env.table<SessionRecord, string>("sessions", sessionLayout);
    this.#byUser = env.table<true, UserKey>("sessions-by-user");
    this.#byExpiry = env.table<true, ExpiryKey>("sessions-by-expiry");
  }

  get(id: string): Session | null {
    return this.#env.read(() => {
      const bytes = this.#sessions.getBinaryFast(id) as Buffer | undefined;
      if (bytes === undefined) return null;
      if (bytes[0] === sessionLayout.mark) return toSession(id, readWhole(bytes, bytes.length));
      const record = this.#sessions.get(id);
      return record === undefined ? null : toSession(id, record);
    });
  }

  getNow(id: string): EncodedSession | null {
    try {
      return this.#env.read(() => {
        const bytes = this.#sessions.getBinaryFast(id) as Buffer | undefined;
        return bytes === undefined ? null : encodedSession(id, bytes, bytes.length);
      });
    } catch {
      // `get` meets the same failure, and can say so.
      return null;
    }
  }

  getWithSessionKey(id: string): SessionWithKey | null {
    return this.#env.read(() => {
      const record = this.#sessions.get(id);
      if (record === undefined) return null;
      return {
        ...toSession(id, record),
        sessionKey: this.#sealer.open(record.sessionKey, keyPlace(id)),
      };
    });
  }

  issue(issue: SessionIssue): Promise<IssuedSession> {
    return this.#env.write(() => {
      const earlier = this.#ofUser(issue.appid, issue.openid);
      const latest = earlier.at(-1);
      const id = issue.sessionsPerUser === 1 && latest !== undefined ? latest.id : issue.id;
      const unionid = issue.unionid ?? latest?.record.unionid ?? null;
      const known = latest === undefined ? null : readProfile(latest.record.userInfo);
      const userInfo = mergeUserInfo({ openid: issue.openid, unionid }, known, issue.profile);
      const record: SessionRecord = {
        appid: issue.appid,
        openid: issue.openid,
        unionid,
        skeyHash: sha256(issue.skey),
        sessionKey: this.#sealer.seal(issue.sessionKey, keyPlace(id)),
        userInfo: JSON.stringify(userInfo),
        loginAt: issue.loginAt,
        lastVisitAt: issue.loginAt,
        expiresAt: issue.expiresAt,
        indexedAt: issue.expiresAt,
      };
      const beyond = earlier.length + 1 - issue.sessionsPerUser;
      const evicted = earlier.slice(0, Math.max(0, beyond));
      for (const session of evicted)
        if (session.id !== id) this.#remove(session.id, session.record);
      if (id === latest?.id) this.#replace(id, latest.record, record);
      else this.#insert(id, record);
      return { session: toSession(id, record), isNew: latest === undefined };
    });
  }

  touch(visits: readonly Visit[]): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const records = visits.flatMap((visit) => this.#visited(visit) ?? []);
      for (const { id, record } of records) this.#sessions.put(id, record);
      return records.length;
    });
  }

  /** Returns the record of a visited session for `put`; null when it is not to be changed. */
  #visited(visit: Visit): { id: string; record: SessionRecord } | null {
    const { id } = visit;
    const bytes = this.#sessions.getBinaryFast(id) as Buffer | undefined;
    if (bytes === undefined) return null;
    if (bytes[0] === sessionLayout.mark) {
      const visited = visitedRecord(bytes, bytes.length, visit);
      // lmdb puts such bytes as they are, in place of a record.
      return visited && { id, record: asBinary(visited) as unknown as SessionRecord };
    }
    const record = this.#current(visit);
    if (record === null || record.lastVisitAt > visit.ifVisitedBefore) return null;
    const { lastVisitAt } = visit;
    const expiresAt = Math.max(record.indexedAt, visit.expiresAt);
    return { id, record: { ...record, lastVisitAt, expiresAt } };
  }

  replaceProfile(session: CheckedSessionRef, profile: JsonObject): Promise<Session | null> {
    return this.#env.write(() => {
      const record = this.#current(session);
      if (record === null) return null;
      const replaced = { ...record, userInfo: JSON.stringify(mergeUserInfo(record, profile)) };
      this.#sessions.put(session.id, replaced);
      return toSession(session.id, replaced);
    });
  }

  replaceSessionKey(session: CheckedSessionRef, sessionKey: string): Promise<boolean> {
    return this.#env.write(() => {
      const record = this.#current(session);
      if (record === null) return false;
      const { id } = session;
      this.#sessions.put(id, {
        ...record,
        sessionKey: this.#sealer.seal(sessionKey, keyPlace(id)),
      });
      return true;
    });
  }

  list(appid: string, openid: string | null, page: PageRequest): Page<Session> {
    const range = openid === null ? appRange(appid) : userRange(appid, openid);
    return this.#env.read(() => readPage(this.#byUser, range, page, ([, , id]) => this.get(id)));
  }

  revoke({ id }: SessionRef): Promise<boolean> {
    return this.#env.write(() => {
      const record = this.#sessions.get(id);
      if (record === undefined) return false;
      this.#remove(id, record);
      return true;
    });
  }

  revokeByUser(appid: string, openid: string): Promise<number> {
    return this.#env.write(() => {
      const sessions = this.#ofUser(appid, openid);
      for (const { id, record } of sessions) this.#remove(id, record);
      return sessions.length;
    });
  }

  revokeByApp(appid: string, limit: number): Promise<number> {
    return this.#env.write(() => {
      const keys = [...this.#byUser.getKeys({ ...appRange(appid), limit })];
      for (const key of keys) {
        const [, , id] = key;
        const record = this.#sessions.get(id);
        if (record === undefined) this.#byUser.remove(key);
        else this.#remove(id, record);
      }
      return keys.length;
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<Sweep> {
    return this.#env.write(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_IDS], limit })];
      let removed = 0;
      for (const [indexedAt, id] of due) {
        const record = this.#sessions.get(id);
        if (record !== undefined && record.expiresAt <= now) {
          this.#remove(id, record);
          removed += 1;
          continue;
        }
        this.#byExpiry.remove([indexedAt, id]);
        if (record === undefined) continue;
        this.#byExpiry.put([record.expiresAt, id], true);
        this.#sessions.put(id, { ...record, indexedAt: record.expiresAt });
      }
      return { removed, moved: due.length - removed };
    });
  }

  count(appid: string): number {
    return this.#env.read(() => this.#counters.get(countName(appid)));
  }

  dump(appid: string, page: PageRequest): Page<StoredSession> {
    return this.#env.read(() =>
      readPage(this.#byUser, appRange(appid), page, ([, , id]) => {
        const session = this.getWithSessionKey(id);
        const record = this.#sessions.get(id);
        if (session === null || record === undefined) return null;
        return { ...session, skey: null, expiresAt: record.expiresAt };
      }),
    );
  }

  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]> {
    const sealed = sessions.map(({ id, sessionKey }) =>
      this.#sealer.seal(sessionKey, keyPlace(id)),
    );
    return this.#env.write(() =>
      sessions.map((session, index) => this.#put(session, sealed[index] as Uint8Array)),
    );
  }

  #put(
    { id, skey: _skey, userInfo, ...session }: StoredSession,
    sessionKey: Uint8Array,
  ): PutOutcome {
    const known = this.#sessions.get(id);
    if (known !== undefined && (known.appid !== session.appid || known.openid !== session.openid))
      return "taken";
    if (known !== undefined && !isLater(session, known)) return "unchanged";
    const record = {
      ...session,
      sessionKey,
      userInfo: JSON.stringify(userInfo),
      indexedAt: session.expiresAt,
    };
    if (known === undefined) this.#insert(id, record);
    else this.#replace(id, known, record);
    return known === undefined ? "added" : "replaced";
  }

  /** Returns the record of a session, if it still has this skey. */
  #current({ id, skeyHash }: CheckedSessionRef): SessionRecord | null {
    const record = this.#sessions.get(id);
    return record !== undefined && equalDigests(record.skeyHash, skeyHash) ? record : null;
  }

  /** Returns the sessions of a user, oldest visit first. */
  #ofUser(appid: string, openid: string): { id: string; record: SessionRecord }[] {
    const sessions: { id: string; record: SessionRecord }[] = [];
    for (const [, , id] of this.#byUser.getKeys(userRange(appid, openid))) {
      const record = this.#sessions.get(id);
      if (record !== undefined) sessions.push({ id, record });
    }
    return sessions.sort((a, b) => a.record.lastVisitAt - b.record.lastVisitAt);
  }

  #insert(id: string, record: SessionRecord): void {
    this.#counters.add(countName(record.appid), 1);
    this.#sessions.put(id, record);
    this.#byUser.put([record.appid, record.openid, id], true);
    this.#byExpiry.put([record.indexedAt, id], true);
  }

  /**
   * Replaces a session of the same user. Its entry in the expiry index stays, as after a visit:
   * each entry that moves costs two more pages of a large store.
   */
  #replace(id: string, known: SessionRecord, record: SessionRecord): void {
    const isIndexedLater = known.indexedAt > record.expiresAt;
    const indexedAt = isIndexedLater ? record.expiresAt : known.indexedAt;
    this.#sessions.put(id, { ...record, indexedAt });
    if (!isIndexedLater) return;
    this.#byExpiry.remove([known.indexedAt, id]);
    this.#byExpiry.put([indexedAt, id], true);
  }

  #remove(id: string, record: SessionRecord): void {
    this.#sessions.remove(id);
    this.#byUser.remove([record.appid, record.openid, id]);
    this.#byExpiry.remove([record.indexedAt, id]);
    this.#counters.add(countName(record.appid), -1);
  }
}
