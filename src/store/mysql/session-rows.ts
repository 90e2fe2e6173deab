import type { App } from "../../core/apps/app.ts";
import type { Session } from "../../core/sessions/session.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import { fromDatetime } from "../layout/datetime.ts";
import { readDurations } from "../layout/durations.ts";
import { decodeSkey } from "../layout/skey.ts";
import { decodeUserInfo } from "../layout/user-info.ts";
import { addToCounter } from "./counters.ts";
import type { Queries } from "./database.ts";
import type { Layout } from "./layout.ts";

/** Columns that determine the expiry of a session. scf's rows may have no appid. */
export const EXPIRY_COLUMNS =
  "id, COALESCE(appid, '') AS appid, create_time, last_visit_time, waferd_expires_at";
/** Columns of a session. */
export const SESSION_COLUMNS = `${EXPIRY_COLUMNS}, uuid, skey, open_id, user_info, union_id`;

export interface ExpiryRow {
  id: number;
  appid: string;
  create_time: Date | null;
  last_visit_time: Date | null;
  /** null until a row of another server is adopted, which counts it. */
  waferd_expires_at: number | string | null;
}

/**
 * A row of `cSessionInfo` (docs/protocol-reference.md#stored-layouts-mysql). Of several with the
 * same uuid, which other servers can insert, the newest counts.
 */
export interface SessionRow extends ExpiryRow {
  uuid: string;
  skey: string;
  open_id: string;
  user_info: string | null;
  union_id: string | null;
}

export type RowWithKey = SessionRow & { session_key: string | null };

export const clocksOf = (
  row: Pick<ExpiryRow, "create_time" | "last_visit_time">,
  zone: ZoneMinutes,
): Pick<Session, "loginAt" | "lastVisitAt"> => ({
  // A session without a time counts as expired.
  loginAt: fromDatetime(row.create_time, zone) ?? 0,
  lastVisitAt: fromDatetime(row.last_visit_time, zone) ?? 0,
});

export function toSession(row: SessionRow, zone: ZoneMinutes): Session {
  // php and go keep the unionid in the profile only.
  const known = row.union_id ? { unionid: row.union_id } : {};
  return {
    id: row.uuid,
    appid: row.appid,
    openid: row.open_id,
    skeyHash: decodeSkey(row.skey).skeyHash,
    ...decodeUserInfo(row.user_info ?? "", { openid: row.open_id, ...known }),
    ...clocksOf(row, zone),
  };
}

/** Returns the row that was inserted last. */
export const newest = <R extends ExpiryRow>(rows: readonly R[]): R | null =>
  rows.reduce<R | null>(
    (latest, row) => (latest === null || row.id > latest.id ? row : latest),
    null,
  );

/** Returns the name of the counter of an app's sessions. */
export const countName = (appid: string): string => `sessions:${appid}`;

export type Durations = Pick<App, "loginDurationDays" | "sessionDurationSeconds">;

/** Returns the durations of these apps; the defaults for an unknown app. */
export async function durationsOf(
  queries: Queries,
  { tables }: Layout,
  appids: Iterable<string>,
): Promise<Map<string, Durations>> {
  const wanted = [...new Set(appids)];
  const found = await Promise.all(
    wanted.map((appid) =>
      queries.run<{ login_duration: number | null; session_duration: number | null }>(
        `SELECT login_duration, session_duration FROM ${tables.cAppinfo} WHERE appid = ?`,
        [appid],
      ),
    ),
  );
  return new Map(
    wanted.map((appid, index) => {
      const row = found[index]?.[0];
      return [appid, readDurations(row?.login_duration ?? null, row?.session_duration ?? null)];
    }),
  );
}

/** Rows that were read in a transaction and are deleted in it. */
type GoneRow = Pick<ExpiryRow, "id" | "appid" | "waferd_expires_at">;

/** Tells whether the counter of its app includes a row. */
export const isCounted = ({ waferd_expires_at }: GoneRow): boolean => waferd_expires_at !== null;

/** Deletes rows, and subtracts them from the counters. */
export async function removeRows(
  queries: Queries,
  layout: Layout,
  rows: readonly GoneRow[],
): Promise<void> {
  await deleteRows(queries, layout, rows);
  await count(queries, rows.filter(isCounted), -1);
}

/** Deletes rows; the caller updates the counters. */
export async function deleteRows(
  queries: Queries,
  { tables }: Layout,
  rows: readonly GoneRow[],
): Promise<void> {
  await Promise.all(
    idPortions(rows.map(({ id }) => id)).map((ids) =>
      queries.run(`DELETE FROM ${tables.cSessionInfo} WHERE id IN (${placeholders(ids)})`, ids),
    ),
  );
}

/** Adds rows to the counters of their apps. */
export async function count(
  queries: Queries,
  rows: readonly Pick<ExpiryRow, "id" | "appid">[],
  amount: 1 | -1,
): Promise<void> {
  const amounts = new Map<string, number>();
  for (const { appid } of rows) amounts.set(appid, (amounts.get(appid) ?? 0) + amount);
  const slot = rows[0]?.id ?? 0;
  // In a fixed order, so that two transactions do not deadlock.
  for (const [appid, total] of [...amounts].sort(([a], [b]) => (a < b ? -1 : 1)))
    await addToCounter(queries, countName(appid), total, slot);
}

/** Returns a `?` for each value. */
export const placeholders = (values: readonly unknown[]): string => values.map(() => "?").join(",");

/** For up to 200 values the optimizer uses the index; for more it may read the whole table. */
const MAX_VALUES = 128;

/**
 * Splits values for the `IN`s of several statements, and repeats the last one up to a power of
 * two. Otherwise each connection would prepare a statement for every length.
 */
export function idPortions<T>(values: readonly T[]): T[][] {
  const portions: T[][] = [];
  for (let start = 0; start < values.length; start += MAX_VALUES) {
    const portion = values.slice(start, start + MAX_VALUES);
    const length = 2 ** Math.ceil(Math.log2(portion.length));
    const last = portion.at(-1) as T;
    portions.push([...portion, ...Array.from({ length: length - portion.length }, () => last)]);
  }
  return portions;
}
