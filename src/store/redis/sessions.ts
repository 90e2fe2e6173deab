import { Turns } from "../../core/coordination/turns.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Session, SessionWithKey, StoredSession } from "../../core/sessions/session.ts";
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
import { type JsonObject, mergeUserInfo } from "../../core/sessions/user-info.ts";
import { StoreError } from "../../core/store-error.ts";
import { equalDigests, sha256 } from "../../crypto/digest.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { decodeSkey } from "../layout/skey.ts";
import { encodeUserInfo } from "../layout/user-info.ts";
import { sessionAppKey, sessionKey, sessionsKey } from "./keys.ts";
import { readMembers } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { type KeptSession, sessionFields, toSeconds, toSession } from "./session-hash.ts";
import {
  ADOPT,
  ISSUE,
  PUT,
  REPLACE,
  REVOKE,
  REVOKE_RANGE,
  SWEEP,
  TOUCH,
} from "./session-scripts.ts";

const NUL = "\0";
const AFTER_NUL = "\u0001";
/** An attempt fails when another node's login of the same user came first. */
const ISSUE_ATTEMPTS = 100;

/** Sessions in the go server's hashes, so that both servers have the same sessions. */
export class RedisSessions implements SessionTable {
  readonly #redis;
  readonly #isReadOnly;
  readonly #turns = new Turns();

  constructor(redis: Redis, { isReadOnly }: { isReadOnly: boolean }) {
    this.#redis = redis;
    this.#isReadOnly = isReadOnly;
  }

  async get(id: string, appid: string | null = null): Promise<Session | null> {
    const session = await this.#redis.run(() => this.#find(id, appid));
    return session && withoutKey(session);
  }

  async getWithSessionKey(id: string, appid: string | null = null): Promise<SessionWithKey | null> {
    const session = await this.#redis.run(() => this.#find(id, appid));
    return session && { ...withoutKey(session), sessionKey: session.sessionKey };
  }

  issue(issue: SessionIssue): Promise<IssuedSession> {
    // Of concurrent logins of one user, all but one would fail the first attempt.
    return this.#redis.run(() =>
      this.#turns.take(`${issue.appid} ${issue.openid}`, async () => {
        for (let attempt = 0; attempt < ISSUE_ATTEMPTS; attempt += 1) {
          const issued = await this.#tryIssue(issue);
          if (issued !== null) return issued;
        }
        throw new StoreError(
          "refused",
          "concurrent logins of this user changed the sessions too often",
        );
      }),
    );
  }

  /** Returns null when the user's sessions changed in the meantime. */
  async #tryIssue(issue: SessionIssue): Promise<IssuedSession | null> {
    const { appid, openid } = issue;
    const entries = (await this.#redis.send(
      ...([
        "ZRANGEBYLEX",
        sessionsKey(appid),
        `[${openid}${NUL}`,
        `(${openid}${AFTER_NUL}`,
      ] as const),
    )) as string[];
    const ids = entries.map((entry) => entry.slice(openid.length + 1));
    const found = await Promise.all(ids.map((id) => this.#load(appid, id)));
    const earlier = found
      .filter((session) => session !== null)
      .sort((a, b) => a.lastVisitAt - b.lastVisitAt || a.loginAt - b.loginAt);
    const latest = earlier.at(-1);
    const evicted = new Set(
      earlier.slice(0, Math.max(0, earlier.length + 1 - issue.sessionsPerUser)),
    );
    const unionid = issue.unionid ?? latest?.unionid ?? null;
    const session: KeptSession = {
      id: issue.sessionsPerUser === 1 && latest !== undefined ? latest.id : issue.id,
      appid,
      openid,
      unionid,
      skey: issue.skey,
      keptSkey: issue.skey,
      isIndexed: true,
      skeyHash: sha256(issue.skey),
      sessionKey: issue.sessionKey,
      userInfo: mergeUserInfo({ openid, unionid }, latest?.userInfo ?? null, issue.profile),
      loginAt: issue.loginAt,
      lastVisitAt: issue.loginAt,
    };
    const others = ids.flatMap((id, index) => {
      const other = found[index];
      return [id, other?.keptSkey ?? "", !other || evicted.has(other) ? 1 : 0];
    });
    const place = [appid, openid, session.id, issue.expiresAt, ids.length, ...others];
    const outcome = await this.#redis.script(ISSUE, ...place, ...sessionFields(session));
    return outcome === "issued"
      ? { session: withoutKey(session), isNew: latest === undefined }
      : null;
  }

  touch(visits: readonly Visit[]): Promise<number> {
    return this.#redis.run(async () => {
      const written = await Promise.all(visits.map((visit) => this.#touch(visit)));
      return written.filter((isWritten) => isWritten).length;
    });
  }

  async #touch({ appid, id, skeyHash, ...visit }: Visit): Promise<boolean> {
    const fields = ["uuid", "openid", "skey"];
    const found = await this.#redis.send("HMGET", sessionKey(appid, id), ...fields);
    const [uuid, openid, skey] = found as (string | null)[];
    // A key of app `a_b` looks like one of app `a`.
    if (uuid !== id || openid == null || skey == null) return false;
    if (!equalDigests(decodeSkey(skey).skeyHash, skeyHash)) return false;
    const times = [toSeconds(visit.lastVisitAt), visit.ifVisitedBefore, visit.expiresAt];
    return (await this.#redis.script(TOUCH, appid, id, openid, skey, ...times)) === 1;
  }

  replaceProfile(ref: CheckedSessionRef, profile: JsonObject): Promise<Session | null> {
    return this.#redis.run(async () => {
      const session = await this.#current(ref);
      if (session === null) return null;
      const userInfo = mergeUserInfo(session, profile);
      const replaced = await this.#replace(session, "userinfo", encodeUserInfo(userInfo));
      return replaced ? { ...withoutKey(session), userInfo } : null;
    });
  }

  replaceSessionKey(ref: CheckedSessionRef, key: string): Promise<boolean> {
    return this.#redis.run(async () => {
      const session = await this.#current(ref);
      return session !== null && this.#replace(session, "sesskey", key);
    });
  }

  list(appid: string, openid: string | null, page: PageRequest): Promise<Page<Session>> {
    return this.#redis.run(() =>
      this.#readPage(appid, openid, page, async (id) => {
        const session = await this.#load(appid, id);
        return session && withoutKey(session);
      }),
    );
  }

  revoke({ id, appid }: SessionRef): Promise<boolean> {
    return this.#redis.run(async () => (await this.#redis.script(REVOKE, appid, id)) === 1);
  }

  revokeByUser(appid: string, openid: string): Promise<number> {
    return this.#redis.run(async () => {
      const [from, to] = [`[${openid}${NUL}`, `(${openid}${AFTER_NUL}`];
      const [, removed] = await this.#redis.script<[number, number]>(
        REVOKE_RANGE,
        appid,
        from,
        to,
        -1,
      );
      return removed;
    });
  }

  revokeByApp(appid: string, limit: number): Promise<number> {
    return this.#redis.run(async () => {
      const [met] = await this.#redis.script<[number, number]>(
        REVOKE_RANGE,
        appid,
        "-",
        "+",
        limit,
      );
      return met;
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<Sweep> {
    return this.#redis.run(async () => {
      const left = now - Date.now();
      const [removed, moved] = await this.#redis.script<[number, number]>(SWEEP, now, left, limit);
      return { removed, moved };
    });
  }

  count(appid: string): Promise<number> {
    return this.#redis.run(async () => Number(await this.#redis.send("ZCARD", sessionsKey(appid))));
  }

  dump(appid: string, page: PageRequest): Promise<Page<StoredSession>> {
    return this.#redis.run(() =>
      this.#readPage(appid, null, page, async (id) => {
        const [session, life] = await Promise.all([
          this.#load(appid, id),
          this.#redis.send("PTTL", sessionKey(appid, id)),
        ]);
        if (session === null) return null;
        const { keptSkey: _, isIndexed: __, ...rest } = session;
        // Redis returns the remaining lifetime, which is precise enough for an expiry.
        return { ...rest, expiresAt: Math.round((Date.now() + Number(life)) / 1000) * 1000 };
      }),
    );
  }

  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]> {
    return this.#redis.run(() =>
      Promise.all(
        sessions.map((session) => {
          const { appid, id, openid, loginAt, lastVisitAt, expiresAt } = session;
          const times = [toSeconds(loginAt), toSeconds(lastVisitAt), expiresAt];
          return this.#redis.script<PutOutcome>(
            PUT,
            ...[appid, id, openid],
            ...times,
            ...sessionFields(session),
          );
        }),
      ),
    );
  }

  /** Finds a session by the app that the caller names, or else by the appid stored for its id. */
  async #find(id: string, appid: string | null): Promise<KeptSession | null> {
    const named = appid === null ? null : await this.#load(appid, id);
    if (named !== null) return named;
    const owner = (await this.#redis.send("GET", sessionAppKey(id))) as string | null;
    return owner === null || owner === appid ? null : this.#load(owner, id);
  }

  async #load(appid: string, id: string): Promise<KeptSession | null> {
    const hash = await this.#redis.send("HGETALL", sessionKey(appid, id));
    const session = toSession(appid, id, hash as Record<string, string>);
    if (session?.isIndexed === false && !this.#isReadOnly) await this.#index(session);
    return session;
  }

  /** Indexes a session of go, by which alone the user's next login finds it. */
  async #index({ appid, id }: KeptSession): Promise<void> {
    try {
      await this.#redis.script(ADOPT, appid, id, Date.now());
    } catch {
      // A Redis that refuses writes still answers checks; the next one tries again.
    }
  }

  /** Changes a session if it still has the skey that was read. */
  async #current({ appid, id, skeyHash }: CheckedSessionRef): Promise<KeptSession | null> {
    const session = await this.#load(appid, id);
    return session !== null && equalDigests(session.skeyHash, skeyHash) ? session : null;
  }

  async #replace(
    { appid, id, keptSkey }: KeptSession,
    field: string,
    value: string,
  ): Promise<boolean> {
    return (await this.#redis.script(REPLACE, sessionKey(appid, id), keptSkey, field, value)) === 1;
  }

  async #readPage<T>(
    appid: string,
    openid: string | null,
    page: PageRequest,
    read: (id: string) => Promise<T | null>,
  ): Promise<Page<T>> {
    const to = openid === null ? "+" : `(${openid}${AFTER_NUL}`;
    let from = openid === null ? "-" : `[${openid}${NUL}`;
    if (page.cursor !== undefined) {
      const [ofApp, ofUser, id] = fromCursor(page.cursor, ["", "", ""]);
      if (ofApp !== appid || (openid !== null && ofUser !== openid)) throw foreignCursor();
      from = `(${ofUser}${NUL}${id}`;
    }
    const entries = (await this.#redis.send(
      ...(["ZRANGEBYLEX", sessionsKey(appid), from, to, "LIMIT", 0, page.limit + 1] as const),
    )) as string[];
    const idOf = (entry: string): string => entry.slice(entry.indexOf(NUL) + 1);
    return readMembers(
      entries,
      page.limit,
      (entry) => read(idOf(entry)),
      (entry) => [appid, ...entry.split(NUL)],
    );
  }
}

/** Returns a session without its secrets. */
function withoutKey(kept: KeptSession): Session {
  const { sessionKey: _k, skey: _s, keptSkey: _t, isIndexed: _i, ...session } = kept;
  return session;
}
