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
import { collectPage } from "./paging.ts";
import { ReusedRecord } from "./reused-record.ts";
import { idInExpiryKey, idInUserKey, SessionIndexes, type UserKey } from "./session-indexes.ts";
import { encodedSession, readWhole, sessionLayout, writeVisit } from "./session-layout.ts";
import type { SessionRecord } from "./session-record.ts";

const keyPlace = (id: string): string => `sessions:${id}:sessionKey`;
/** Begins the bytes of a session_key that is Base64 of 16 bytes, as WeChat's are. */
const RAW_KEY = 0;
const KEY_BYTES = 16;

function keyBytes(sessionKey: string): Uint8Array {
  const raw = Buffer.from(sessionKey, "base64");
  const isRaw = raw.length === KEY_BYTES && raw.toString("base64") === sessionKey;
  return isRaw ? Buffer.concat([Buffer.of(RAW_KEY), raw]) : Buffer.from(sessionKey);
}

const keyText = (bytes: Buffer): string =>
  bytes[0] === RAW_KEY && bytes.length === 1 + KEY_BYTES
    ? bytes.toString("base64", 1)
    : bytes.toString();

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

/** Returns the name of a session that cannot be read; its key may be damaged, too. */
function nameInIndex(key: UserKey): string {
  try {
    return `${key[1]}:${idInUserKey(key)}`;
  } catch {
    return String(key);
  }
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
  readonly #indexes;
  readonly #visited = new ReusedRecord();

  constructor(env: Environment, counters: Counters, sealer: Sealer) {
    this.#env = env;
    this.#counters = counters;
    this.#sealer = sealer;
    this.#sessions = env.table<SessionRecord, string>("sessions", sessionLayout);
    this.#indexes = new SessionIndexes(env);
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
        sessionKey: this.#openKey(record, id),
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
        sessionKey: this.#sealKey(issue.sessionKey, id),
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
      if (id === latest?.id) {
        this.#indexes.renew(latest.key);
        this.#replace(id, latest.record, record);
      } else this.#insert(id, record);
      return { session: toSession(id, record), isNew: latest === undefined };
    });
  }

  touch(visits: readonly Visit[]): Promise<number> {
    // One that fails leaves those before it, which are then written again.
    return this.#env.writeUnflushed(() => visits.filter((visit) => this.#touch(visit)).length);
  }

  /** Writes a visit; returns false when its session is not to be changed. */
  #touch(visit: Visit): boolean {
    const { id } = visit;
    const bytes = this.#sessions.getBinaryFast(id) as Buffer | undefined;
    if (bytes === undefined) return false;
    if (bytes[0] === sessionLayout.mark) {
      const { length } = bytes;
      if (!writeVisit(this.#visited.take(bytes, length), length, visit)) return false;
      this.#sessions.put(id, this.#visited.value());
      return true;
    }
    const record = this.#current(visit);
    if (record === null || record.lastVisitAt > visit.ifVisitedBefore) return false;
    const { lastVisitAt } = visit;
    const expiresAt = Math.max(record.indexedAt, visit.expiresAt);
    this.#sessions.put(id, { ...record, lastVisitAt, expiresAt });
    return true;
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
        sessionKey: this.#sealKey(sessionKey, id),
      });
      return true;
    });
  }

  list(appid: string, openid: string | null, page: PageRequest): Page<Session> {
    return this.#page(appid, openid, page, (id) => this.get(id));
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
      const found: { key: UserKey; id: string; record: SessionRecord | undefined }[] = [];
      for (const key of this.#indexes.ofApp(appid, null)) {
        const id = idInUserKey(key);
        const record = this.#sessions.get(id);
        if (record !== undefined && record.appid !== appid) continue;
        found.push({ key, id, record });
        if (found.length === limit) break;
      }
      for (const { key, id, record } of found)
        if (record === undefined) this.#indexes.removeUserKey(key);
        else this.#remove(id, record);
      return found.length;
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<Sweep> {
    return this.#env.write(() => {
      const due = this.#indexes.due(now, limit);
      let removed = 0;
      for (const key of due) {
        const id = idInExpiryKey(key);
        const record = this.#sessions.get(id);
        if (record !== undefined && record.expiresAt <= now) {
          this.#remove(id, record);
          removed += 1;
          continue;
        }
        this.#indexes.replaceDue(key, record?.expiresAt ?? null);
        if (record !== undefined)
          this.#sessions.put(id, { ...record, indexedAt: record.expiresAt });
      }
      return { removed, moved: due.length - removed };
    });
  }

  count(appid: string): number {
    return this.#env.read(() => this.#counters.get(countName(appid)));
  }

  dump(appid: string, page: PageRequest): Page<StoredSession> {
    return this.#page(appid, null, page, (id) => {
      const session = this.getWithSessionKey(id);
      const record = this.#sessions.get(id);
      if (session === null || record === undefined) return null;
      return { ...session, skey: null, expiresAt: record.expiresAt };
    });
  }

  #page<T extends Session>(
    appid: string,
    openid: string | null,
    page: PageRequest,
    read: (id: string) => T | null,
  ): Page<T> {
    return this.#env.read(() =>
      collectPage(
        this.#indexes.page(appid, openid, page),
        page,
        (key) => {
          const session = read(idInUserKey(key));
          return session?.appid === appid ? session : null;
        },
        (key) => `${appid}:${nameInIndex(key)}`,
      ),
    );
  }

  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]> {
    const sealed = sessions.map(({ id, sessionKey }) => this.#sealKey(sessionKey, id));
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
  #ofUser(appid: string, openid: string): { key: UserKey; id: string; record: SessionRecord }[] {
    const sessions: { key: UserKey; id: string; record: SessionRecord }[] = [];
    for (const key of this.#indexes.ofApp(appid, openid)) {
      const id = idInUserKey(key);
      const record = this.#sessions.get(id);
      if (record?.appid === appid) sessions.push({ key, id, record });
    }
    return sessions.sort((a, b) => a.record.lastVisitAt - b.record.lastVisitAt);
  }

  #sealKey(sessionKey: string, id: string): Uint8Array {
    return this.#sealer.sealBytes(keyBytes(sessionKey), keyPlace(id));
  }

  #openKey({ sessionKey }: SessionRecord, id: string): string {
    return keyText(this.#sealer.openBytes(sessionKey, keyPlace(id)));
  }

  #insert(id: string, record: SessionRecord): void {
    this.#counters.add(countName(record.appid), 1);
    this.#sessions.put(id, record);
    this.#indexes.add(id, record);
  }

  /**
   * Replaces a session of the same user. Its entry in the expiry index stays, as after a visit:
   * each entry that moves costs two more pages of a large store.
   */
  #replace(id: string, known: SessionRecord, record: SessionRecord): void {
    const isIndexedLater = known.indexedAt > record.expiresAt;
    const indexedAt = isIndexedLater ? record.expiresAt : known.indexedAt;
    this.#sessions.put(id, { ...record, indexedAt });
    if (isIndexedLater) this.#indexes.move(id, known.indexedAt, indexedAt);
  }

  #remove(id: string, record: SessionRecord): void {
    this.#sessions.remove(id);
    this.#indexes.remove(id, record);
    this.#counters.add(countName(record.appid), -1);
  }
}
