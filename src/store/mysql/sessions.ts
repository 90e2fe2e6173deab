import type { Page, PageRequest } from "../../core/page.ts";
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
import { equalDigests, sha256 } from "../../crypto/digest.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { toDatetime } from "../layout/datetime.ts";
import { encodeSkey } from "../layout/skey.ts";
import { encodeUserInfo } from "../layout/user-info.ts";
import type { Value } from "./connection.ts";
import { addToCounter, readCounter } from "./counters.ts";
import type { Database, Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { lock, slotOf } from "./locks.ts";
import type { OwnerlessSessions } from "./ownerless.ts";
import { toPage } from "./paging.ts";
import { COPY_TIMEOUT, putCopies, toCopy } from "./session-copies.ts";
import type { SessionExpiry } from "./session-expiry.ts";
import {
  countName,
  deleteRows,
  durationsOf,
  isCounted,
  newest,
  type RowWithKey,
  removeRows,
  SESSION_COLUMNS,
  type SessionRow,
  toSession,
} from "./session-rows.ts";

/** php keeps one row of a user. */
const OF_USER = 100;

type UserKey = [appid: string, openid: string, id: string];

/** Matches a row with the skey of a SHA-256, which is bound twice: marked and by itself. */
const HAS_SKEY = "(skey = ? OR SHA2(skey, 256) = ?)";

/** Matches the row of a visit; bound are uuid, appid, the values of the skey, `ifVisitedBefore`. */
const IS_DUE = `(uuid = ? AND appid = ? AND ${HAS_SKEY}
  AND (last_visit_time IS NULL OR last_visit_time <= ?))`;

const skeyValues = (skeyHash: Uint8Array): Value[] => [
  encodeSkey({ skey: null, skeyHash }),
  Buffer.from(skeyHash).toString("hex"),
];

/** Sessions are rows of `cSessionInfo`, which go and scf read and write too. */
export class MySqlSessions implements SessionTable {
  readonly #db;
  readonly #layout;
  readonly #table: string;
  readonly #expiry;
  readonly #ownerless;

  constructor(
    db: Database,
    layout: Layout,
    { expiry, ownerless }: { expiry: SessionExpiry; ownerless: OwnerlessSessions },
  ) {
    this.#db = db;
    this.#layout = layout;
    this.#table = layout.tables.cSessionInfo;
    this.#expiry = expiry;
    this.#ownerless = ownerless;
  }

  async get(id: string): Promise<Session | null> {
    // Without a LIMIT, for which the optimizer may scan the whole table in the wanted order.
    const session = await this.#db.read(
      `SELECT ${SESSION_COLUMNS} FROM ${this.#table} WHERE uuid = ?`,
      [id],
      (rows: SessionRow[]) => {
        const row = newest(rows);
        return row && toSession(row, this.#layout.zone);
      },
    );
    return session?.appid === "" ? this.#withOwner(session) : session;
  }

  async getWithSessionKey(id: string): Promise<SessionWithKey | null> {
    const session = await this.#db.read(
      `SELECT ${SESSION_COLUMNS}, session_key FROM ${this.#table} WHERE uuid = ?`,
      [id],
      (rows: RowWithKey[]) => {
        const row = newest(rows);
        return row && { ...toSession(row, this.#layout.zone), sessionKey: row.session_key ?? "" };
      },
    );
    return session?.appid === "" ? this.#withOwner(session) : session;
  }

  /** Gives a session without an app to its owner, if there is one. */
  async #withOwner<S extends Session>(session: S): Promise<S> {
    const appid = await this.#ownerless.owner();
    if (appid === null) return session;
    await this.#ownerless.assign(session.openid, OF_USER);
    return { ...session, appid };
  }

  async issue(issue: SessionIssue): Promise<IssuedSession> {
    const issued = await this.#issue(issue, { isFirst: true });
    if (issued !== null) return issued;
    // The user keeps the id and the profile that php gave.
    await this.#ownerless.assign(issue.openid, OF_USER);
    return (await this.#issue(issue, { isFirst: false })) as IssuedSession;
  }

  /**
   * Returns null, and changes nothing, if the user has rows that name no app and belong to this
   * one. Only the first attempt looks for them.
   */
  #issue(issue: SessionIssue, { isFirst }: { isFirst: boolean }): Promise<IssuedSession | null> {
    const { appid, openid } = issue;
    const slot = slotOf("sessions", appid, openid);
    return this.#db.transaction(async (queries) => {
      const isOwner = isFirst && (await this.#ownerless.owner(queries)) === appid;
      const [, rows, ownerless] = await Promise.all([
        lock(queries, slot),
        queries.run<SessionRow>(
          `SELECT ${SESSION_COLUMNS} FROM ${this.#table} WHERE appid = ? AND open_id = ? FOR UPDATE`,
          [appid, openid],
        ),
        isOwner ? this.#ownerless.find(queries, openid) : [],
      ]);
      if (ownerless.length > 0) return null;
      const earlier = byVisit(rows);
      const latest = earlier.at(-1) ?? null;
      const replaced = issue.sessionsPerUser === 1 ? latest : null;
      const evicted = earlier.slice(0, Math.max(0, earlier.length + 1 - issue.sessionsPerUser));
      const older = rows.filter((row) => !earlier.includes(row));
      const gone = [...older, ...evicted.filter((row) => row !== replaced)];
      const session = this.#sessionOf(issue, latest, replaced);
      const added = replaced === null || !isCounted(replaced) ? 1 : 0;
      await Promise.all([
        deleteRows(queries, this.#layout, gone),
        this.#write(queries, session, issue, replaced),
        addToCounter(queries, countName(appid), added - gone.filter(isCounted).length, slot),
      ]);
      return { session, isNew: latest === null };
    });
  }

  async touch(visits: readonly Visit[]): Promise<number> {
    if (visits.length === 0) return 0;
    const { zone } = this.#layout;
    const whens = visits.map(() => "WHEN ? THEN ?").join(" ");
    // The texts stay bound values: a derived table of them would have a collation of its own. A row
    // that is not adopted keeps the NULL by which adopt() finds it.
    const { affectedRows } = await this.#db.run(
      `UPDATE ${this.#table} SET last_visit_time = CASE uuid ${whens} ELSE last_visit_time END,
        waferd_expires_at = IF(waferd_expires_at IS NULL, NULL, CASE uuid ${whens} ELSE waferd_expires_at END)
        WHERE uuid IN (${visits.map(() => "?").join(", ")}) AND (${visits.map(() => IS_DUE).join(" OR ")})`,
      [
        ...visits.flatMap(({ id, lastVisitAt }) => [id, toDatetime(lastVisitAt, zone)]),
        ...visits.flatMap(({ id, expiresAt }) => [id, expiresAt]),
        ...visits.map(({ id }) => id),
        ...visits.flatMap(({ id, appid, skeyHash, ifVisitedBefore }) => [
          ...[id, appid, ...skeyValues(skeyHash)],
          toDatetime(ifVisitedBefore, zone),
        ]),
      ],
    );
    return affectedRows;
  }

  async replaceProfile(
    { id, appid, skeyHash }: CheckedSessionRef,
    profile: JsonObject,
  ): Promise<Session | null> {
    return this.#db.transaction(async (queries) => {
      const rows = await queries.run<SessionRow>(
        `SELECT ${SESSION_COLUMNS} FROM ${this.#table} WHERE uuid = ? AND appid = ? FOR UPDATE`,
        [id, appid],
      );
      const row = newest(rows);
      const session = row && toSession(row, this.#layout.zone);
      if (session === null || !equalDigests(session.skeyHash, skeyHash)) return null;
      const userInfo = mergeUserInfo(session, profile);
      await queries.run(`UPDATE ${this.#table} SET user_info = ? WHERE id = ?`, [
        encodeUserInfo(userInfo),
        row?.id ?? 0,
      ]);
      return { ...session, userInfo };
    });
  }

  async replaceSessionKey(
    { id, appid, skeyHash }: CheckedSessionRef,
    sessionKey: string,
  ): Promise<boolean> {
    const { affectedRows } = await this.#db.run(
      `UPDATE ${this.#table} SET session_key = ? WHERE uuid = ? AND appid = ? AND ${HAS_SKEY}`,
      [sessionKey, id, appid, ...skeyValues(skeyHash)],
    );
    return affectedRows > 0;
  }

  async list(appid: string, openid: string | null, page: PageRequest): Promise<Page<Session>> {
    const rows = await this.#page<SessionRow>(appid, openid, page, SESSION_COLUMNS);
    return toPage(rows, page.limit, keyOf, (row) => toSession(row, this.#layout.zone));
  }

  async revoke({ id, appid }: SessionRef): Promise<boolean> {
    return (await this.#revoke("uuid = ? AND appid = ?", [id, appid])) > 0;
  }

  async revokeByUser(appid: string, openid: string): Promise<number> {
    return this.#revoke("appid = ? AND open_id = ?", [appid, openid]);
  }

  async revokeByApp(appid: string, limit: number): Promise<number> {
    return this.#revoke("appid = ? LIMIT ?", [appid, limit]);
  }

  async sweep(now: number, limit: number): Promise<Sweep> {
    return this.#expiry.sweep(now, limit);
  }

  async count(appid: string): Promise<number> {
    return readCounter(this.#db, countName(appid));
  }

  async dump(appid: string, page: PageRequest): Promise<Page<StoredSession>> {
    const rows = await this.#page<RowWithKey>(appid, null, page, `${SESSION_COLUMNS}, session_key`);
    const durations = await durationsOf(this.#db, this.#layout, [appid]);
    return toPage(rows, page.limit, keyOf, (row) =>
      toCopy(row, this.#layout.zone, durations.get(appid)),
    );
  }

  async put(sessions: readonly StoredSession[]): Promise<PutOutcome[]> {
    return this.#db.transaction((queries) => putCopies(queries, this.#layout, sessions), {
      timeout: COPY_TIMEOUT,
    });
  }

  /** Returns the session of a login, with the known profile of the user. */
  #sessionOf(issue: SessionIssue, latest: SessionRow | null, replaced: SessionRow | null): Session {
    const { appid, openid } = issue;
    const known = latest && toSession(latest, this.#layout.zone);
    const unionid = issue.unionid ?? known?.unionid ?? null;
    return {
      id: replaced?.uuid ?? issue.id,
      appid,
      openid,
      unionid,
      skeyHash: sha256(issue.skey),
      userInfo: mergeUserInfo({ openid, unionid }, known?.userInfo ?? null, issue.profile),
      loginAt: issue.loginAt,
      lastVisitAt: issue.loginAt,
    };
  }

  /** Writes a login to the row that it replaces, or to a new one. */
  async #write(
    queries: Queries,
    session: Session,
    { skey, sessionKey, expiresAt }: SessionIssue,
    replaced: SessionRow | null,
  ): Promise<void> {
    const { zone } = this.#layout;
    const values: Value[] = [
      skey,
      toDatetime(session.loginAt, zone),
      toDatetime(session.lastVisitAt, zone),
      sessionKey,
      encodeUserInfo(session.userInfo),
      session.unionid ?? "",
      expiresAt,
    ];
    await (replaced === null
      ? queries.run(
          `INSERT INTO ${this.#table} (skey, create_time, last_visit_time, session_key, user_info, union_id,
            waferd_expires_at, uuid, appid, open_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [...values, session.id, session.appid, session.openid],
        )
      : queries.run(
          `UPDATE ${this.#table} SET skey = ?, create_time = ?, last_visit_time = ?, session_key = ?, user_info = ?,
            union_id = ?, waferd_expires_at = ? WHERE id = ?`,
          [...values, replaced.id],
        ));
  }

  /** Reads the newest row of each uuid, by openid and uuid, and one more than the limit. */
  async #page<R>(
    appid: string,
    openid: string | null,
    { cursor, limit }: PageRequest,
    columns: string,
  ): Promise<R[]> {
    const start: UserKey = [appid, openid ?? "", ""];
    const after = cursor === undefined ? start : fromCursor(cursor, start);
    if (after[0] !== appid || (openid !== null && after[1] !== openid)) throw foreignCursor();
    const [condition, values] =
      openid === null
        ? ["(open_id > ? OR (open_id = ? AND uuid > ?))", [after[1], after[1], after[2]]]
        : ["open_id = ? AND uuid > ?", [openid, after[2]]];
    return this.#db.run<R>(
      `SELECT ${columns} FROM ${this.#table} JOIN (
        SELECT MAX(id) AS newest FROM ${this.#table} WHERE appid = ? AND ${condition}
        GROUP BY open_id, uuid ORDER BY open_id, uuid LIMIT ?) page ON id = newest ORDER BY open_id, uuid`,
      [appid, ...values, limit + 1],
    );
  }

  /** Removes the rows of a condition in one transaction, and returns their number. */
  #revoke(condition: string, values: readonly Value[]): Promise<number> {
    return this.#db.transaction(async (queries) => {
      const rows = await queries.run<SessionRow>(
        `SELECT id, appid, waferd_expires_at FROM ${this.#table} WHERE ${condition} FOR UPDATE`,
        values,
      );
      await removeRows(queries, this.#layout, rows);
      return rows.length;
    });
  }
}

const keyOf = ({ appid, open_id, uuid }: SessionRow): UserKey => [appid, open_id, uuid];

/** Reads a user's sessions, oldest visit first, and of several rows with one uuid the newest. */
function byVisit(rows: readonly SessionRow[]): SessionRow[] {
  const sessions = [...Map.groupBy(rows, ({ uuid }) => uuid).values()].map(
    (same) => newest(same) as SessionRow,
  );
  const visit = ({ last_visit_time }: SessionRow): number => last_visit_time?.getTime() || 0;
  return sessions.sort((a, b) => visit(a) - visit(b) || a.id - b.id);
}
