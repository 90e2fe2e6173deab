import type { App, AppSettings, NewApp } from "./app.ts";
import type { AuditEntry } from "./audit.ts";
import type { CallCount, CallCountEntry } from "./call-count.ts";
import type { Credential } from "./credential.ts";
import type { Milliseconds } from "./ports.ts";
import type { ServiceKey } from "./service-key.ts";
import type { Session, SessionWithKey, StoredSession } from "./session.ts";
import type { JsonObject } from "./user-info.ts";
import type { WeappUser } from "./weapp-user.ts";
import type { WorkAgent } from "./work-agent.ts";

/** An embedded driver answers reads at once; the hot path then awaits nothing that waits. */
export type Awaitable<T> = T | Promise<T>;

/** One page of a list, in the order of its index. */
export interface Page<T> {
  items: T[];
  /** Where the next page starts; null on the last one. */
  next: string | null;
}

export interface PageRequest {
  /** The `next` of the page before; absent for the first page. */
  cursor?: string;
  /** At most this many items, at least 1. */
  limit: number;
}

/**
 * The only error a driver lets out, whatever its database throws.
 *
 * - closed: the store was closed, or its server is away or does not answer
 * - refused: the write was not made (disk full, quota, read-only); the store holds what it held before
 * - corrupt: a record cannot be read or unsealed
 * - cursor: a page was asked for with a cursor that is none of this list's
 */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly kind: "closed" | "refused" | "corrupt" | "cursor";

  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface AppTable {
  get(appid: string): Awaitable<App | null>;
  getByNumber(number: number): Awaitable<App | null>;
  /** The app with the smallest number, or null when none is registered. */
  first(): Awaitable<App | null>;
  /**
   * Registers an app under the next number.
   *
   * @param onlyAsFirst registers only if no app is registered, decided in the same transaction
   * @param number the number to have instead of the next, if it is above all that were given
   * @returns the app, "exists" when the appid is taken, "notFirst" when `onlyAsFirst` forbade it
   */
  create(app: NewApp, onlyAsFirst?: boolean, number?: number | null): Promise<App | "exists" | "notFirst">;
  /**
   * Changes the named members of an app, and makes its revision one higher.
   *
   * @param ifRevision changes nothing when the app is at another revision; null changes it anyway
   * @returns the app as it is now, "changed" when `ifRevision` forbade it, null when there is no such app
   */
  update(
    appid: string,
    change: Partial<AppSettings & Pick<App, "updatedAt">>,
    ifRevision?: number | null,
  ): Promise<App | "changed" | null>;
  /**
   * Removes an app with its credentials, in one transaction. Its sessions stay; see SessionTable.revokeByApp.
   *
   * @param ifRevision as in update
   * @returns "deleted", "changed" when `ifRevision` forbade it, null when there was no such app
   */
  delete(appid: string, ifRevision?: number | null): Promise<"deleted" | "changed" | null>;
  /** In the order of their numbers. */
  list(page: PageRequest): Awaitable<Page<App>>;
  /** Kept, not scanned. */
  count(): Awaitable<number>;
}

/** A login that is to become a session. */
export interface SessionIssue {
  /** The id for a new session; a session that is replaced keeps its own. */
  id: string;
  appid: string;
  openid: string;
  /** null keeps what an earlier login of this user knew. */
  unionid: string | null;
  /** 64 lower-case hex digits. A driver of our own layout keeps its SHA-256 only. */
  skey: string;
  sessionKey: string;
  /** Laid over the profile that the user's latest session holds; null leaves that as it is. */
  profile: JsonObject | null;
  loginAt: Milliseconds;
  /** When the store may forget the session: some time after both its clocks could have run out. */
  expiresAt: Milliseconds;
  /** How many sessions this user may have at this app, at least 1. */
  sessionsPerUser: number;
}

export interface IssuedSession {
  session: Session;
  /** False when the user had a session at this app before. */
  isNew: boolean;
}

export interface Sweep {
  /** Sessions that had expired and are gone. */
  removed: number;
  /** Sessions whose expiry had moved on since it was indexed; they are indexed anew. None where a visit moves the index. */
  moved: number;
}

/** Which session. */
export type SessionRef = Pick<Session, "id" | "appid">;
/** Which session, and that it is still the one that was read: a login since then has replaced the skey. */
export type CheckedSessionRef = SessionRef & Pick<Session, "skeyHash">;

/** What became of a session that was put: `taken` when the id belongs to another user. */
export type PutOutcome = "added" | "replaced" | "unchanged" | "taken";

/** Session times may be kept to the second, rounded down: the old servers' layouts have no more. */
export interface SessionTable {
  /**
   * One read by primary key. An expired session may be returned until it is swept: callers judge by their own clock.
   *
   * @param appid where to look first, if the caller knows. Whose the session is, it tells itself. A shared store that
   * keeps sessions by app finds those that another server wrote only there.
   */
  get(id: string, appid?: string | null): Awaitable<Session | null>;
  /** As get, with the session_key unsealed. */
  getWithSessionKey(id: string, appid?: string | null): Awaitable<SessionWithKey | null>;
  /**
   * Makes a user's session, in one transaction. With `sessionsPerUser` 1 the user's session is replaced and keeps its
   * id; with more, a session is added, and those with the oldest visits beyond the number are removed.
   */
  issue(issue: SessionIssue): Promise<IssuedSession>;
  /**
   * Moves the last visit and the expiry forward, if the session still has this skey and its last visit is at or before
   * `ifVisitedBefore`. Several callers at once, in one process or many, make one write.
   *
   * @returns whether a write was made
   */
  touch(
    session: CheckedSessionRef,
    visit: { lastVisitAt: Milliseconds; ifVisitedBefore: Milliseconds; expiresAt: Milliseconds },
  ): Promise<boolean>;
  /** Replaces the profile, if the session still has this skey; returns the session as it is now, or null. */
  replaceProfile(session: CheckedSessionRef, profile: JsonObject): Promise<Session | null>;
  /** Replaces WeChat's session_key, if the session still has this skey; tells whether it had. */
  replaceSessionKey(session: CheckedSessionRef, sessionKey: string): Promise<boolean>;
  /** The sessions of an app, by openid and id; with an openid, those of that user only. */
  list(appid: string, openid: string | null, page: PageRequest): Awaitable<Page<Session>>;
  /** Removes one session; false when there was none. */
  revoke(session: SessionRef): Promise<boolean>;
  /** Removes every session of a user at an app, and tells how many. */
  revokeByUser(appid: string, openid: string): Promise<number>;
  /** Removes up to `limit` sessions of an app in one transaction, and tells how many. */
  revokeByApp(appid: string, limit: number): Promise<number>;
  /** Meets up to `limit` entries of the expiry index that are due at `now`, in one transaction. */
  sweep(now: Milliseconds, limit: number): Promise<Sweep>;
  /** Sessions of an app, expired ones that are not yet swept among them. Kept, not scanned. */
  count(appid: string): Awaitable<number>;
  /** As list, with everything that there is to know: for a copy of the store. */
  dump(appid: string, page: PageRequest): Awaitable<Page<StoredSession>>;
  /**
   * Puts copies of sessions in, as they are, with their ids. One that is there already is replaced by a later login or
   * a later visit of the same user only; the same sessions put again change nothing.
   *
   * @returns what became of each
   */
  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]>;
}

export interface CredentialTable {
  get(key: string): Awaitable<Credential | null>;
  put(credential: Credential): Promise<void>;
  /** Moves lastUsedAt forward; nothing happens when there is no such credential. */
  touch(key: string, lastUsedAt: Milliseconds): Promise<void>;
  /**
   * Makes `holder` the only renewer of this key until then. Exactly one of any number of callers gets it, across
   * processes and nodes; a lease that ran out can be taken by another.
   */
  lease(key: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean>;
  /** Gives a lease back early; nothing happens when `holder` no longer has it. */
  release(key: string, holder: string): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** By key. */
  list(page: PageRequest): Awaitable<Page<Credential>>;
}

export interface WorkAgentTable {
  get(corpid: string, agentid: string): Awaitable<WorkAgent | null>;
  /**
   * Registers or replaces an agent, and drops its credentials in the same transaction. One that is replaced keeps its
   * createdAt.
   */
  put(agent: WorkAgent): Promise<{ agent: WorkAgent; isNew: boolean }>;
  /** Removes an agent with its credentials, in one transaction; tells whether there was one. */
  delete(corpid: string, agentid: string): Promise<boolean>;
  /** By corpid and agentid. */
  list(page: PageRequest): Awaitable<Page<WorkAgent>>;
}

/** How often WeChat's endpoints were called, and what else is counted by windows of time. */
export interface CallCountTable {
  /** Counts so many more, and gives the count with them. Need not survive a power cut. */
  add(entry: CallCountEntry, amount?: number): Promise<number>;
  /** The counts of a subject, by window and endpoint. */
  list(subject: string, page: PageRequest): Awaitable<Page<CallCount>>;
  /** Forgets up to `limit` counts that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}

export interface WeappUserTable {
  /** One that has expired may be returned until it is swept: callers judge by their own clock. */
  get(appid: string, code: string): Awaitable<WeappUser | null>;
  /** Forgets the user's older code in the same transaction. */
  remember(user: WeappUser): Promise<void>;
  /** Forgets up to `limit` users that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}

export interface ServiceKeyTable {
  get(id: string): Awaitable<ServiceKey | null>;
  getByHash(keyHash: Uint8Array): Awaitable<ServiceKey | null>;
  create(key: ServiceKey): Promise<void>;
  /** Moves lastUsedAt forward; nothing happens when there is no such key. */
  touch(id: string, lastUsedAt: Milliseconds): Promise<void>;
  /** Removes a key, so that no getByHash finds it any more; false when there was none. */
  revoke(id: string): Promise<boolean>;
  /** By id. */
  list(page: PageRequest): Awaitable<Page<ServiceKey>>;
}

export interface AuditTable {
  append(entry: AuditEntry): Promise<void>;
  /** Latest first. */
  list(page: PageRequest): Awaitable<Page<AuditEntry>>;
}

/** What is known under an idempotency key: another request, one that is not answered yet, or its answer. */
export type IdempotencyState =
  | { state: "begun" }
  | { state: "reused" }
  | { state: "running" }
  | { state: "done"; answer: string };

/** The answers of requests that their clients may send again. */
export interface IdempotencyTable {
  /**
   * Takes a key for a request, if nobody has it or what is known under it is due. Exactly one of any number of callers
   * gets "begun".
   *
   * @param fingerprint SHA-256 of the request: the same key with another one is "reused"
   * @param until when the key is free again if the request is never finished
   */
  begin(
    key: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState>;
  /** Keeps the answer of a request that began until then. It may hold a secret, and lies sealed. */
  finish(key: string, answer: string, until: Milliseconds): Promise<void>;
  /** Frees the key of a request that came to nothing. */
  abandon(key: string): Promise<void>;
  /** Forgets up to `limit` keys that are due, and tells how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}

export interface Tables {
  apps: AppTable;
  sessions: SessionTable;
  credentials: CredentialTable;
  workAgents: WorkAgentTable;
  callCounts: CallCountTable;
  weappUsers: WeappUserTable;
  serviceKeys: ServiceKeyTable;
  audit: AuditTable;
  idempotency: IdempotencyTable;
}

/** What a store takes, in bytes; null for what its driver cannot tell. */
export interface StoreUsage {
  /** On disk, or in the memory of a server that keeps it there. */
  sizeBytes: number | null;
  /** Of these, what holds data: the rest is free for what comes next. */
  usedBytes: number | null;
  /** Free on the disk that it lies on. */
  freeBytes: number | null;
}

/** Something that is wrong in a store. */
export interface Flaw {
  /** Which record: `session 0123…`. */
  what: string;
  /** What is wrong with it. */
  problem: string;
}

/**
 * Where everything is kept (DESIGN section 4). What holds for every driver and table:
 *
 * - missing: a read gives null or an empty page, a change says that there was nothing
 * - concurrent: every change is atomic, and one at a time per record, across processes and nodes
 * - acknowledged: when the promise of a change resolves, the change survives `kill -9`; the embedded driver has by then
 *   also flushed it to disk, except for touch
 * - closed: every call throws or rejects with StoreError "closed"
 * - secrets (appSecret, agentSecret, sessionKey, credentials) lie sealed; skeys and service keys only as SHA-256. Where
 *   a driver keeps an old server's layout, that server's own columns lie as it reads them
 */
export interface Store extends Tables {
  /**
   * Reads every record, unseals what is sealed, and holds the indexes and the kept counts against the records. What is
   * written meanwhile does not look like a flaw.
   *
   * @param onFlaw is told of each
   * @returns how many records there are, by table
   */
  check(onFlaw: (flaw: Flaw) => void): Promise<Record<string, number>>;
  /**
   * Takes some of what another server wrote into a shared store into our indexes, so that lists, counts and sweeps know
   * of it. What is asked for by its id is found without that. An embedded store has nothing to take in.
   *
   * @param limit at most so many sessions are looked at
   * @returns whether there may be more to take in now
   */
  adopt(limit: number): Promise<boolean>;
  /** What the store takes, as far as its driver can tell. */
  usage(): Awaitable<StoreUsage>;
  /** Finishes the writes in hand, then closes. Closing twice is fine. */
  close(): Promise<void>;
}
