import type { Milliseconds } from "../../core/ports.ts";
import { forgetAt, isLater, type StoredSession } from "../../core/sessions/session.ts";
import type { PutOutcome } from "../../core/sessions/session-table.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import { toDatetime } from "../layout/datetime.ts";
import { decodeSkey, encodeSkey } from "../layout/skey.ts";
import { encodeUserInfo } from "../layout/user-info.ts";
import type { Value } from "./connection.ts";
import type { Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { lock, WHOLE } from "./locks.ts";
import {
  clocksOf,
  count,
  type Durations,
  EXPIRY_COLUMNS,
  type ExpiryRow,
  idPortions,
  newest,
  placeholders,
  type RowWithKey,
  removeRows,
  toSession,
} from "./session-rows.ts";

/** No client waits for the copy of a store. */
export const COPY_TIMEOUT: Milliseconds = 30_000;
/** The limit of a statement. MySQL 5.7 accepts 4 MB by default, and more is hardly faster. */
const MAX_ROWS = 128;
const MAX_BYTES = 1_000_000;
const COLUMNS =
  "uuid, appid, open_id, union_id, skey, create_time, last_visit_time, session_key, user_info, waferd_expires_at";

/** Returns a complete session. */
export const toCopy = (
  row: RowWithKey,
  zone: ZoneMinutes,
  durations: Durations | undefined,
): StoredSession => ({
  ...toSession(row, zone),
  sessionKey: row.session_key ?? "",
  skey: decodeSkey(row.skey).skey,
  expiresAt:
    row.waferd_expires_at !== null || durations === undefined
      ? Number(row.waferd_expires_at)
      : forgetAt(clocksOf(row, zone), durations),
});

type KnownRow = ExpiryRow & Pick<RowWithKey, "uuid" | "open_id">;

/** Writes sessions with a few statements in one transaction (see SessionTable.put). */
export async function putCopies(
  queries: Queries,
  layout: Layout,
  sessions: readonly StoredSession[],
): Promise<PutOutcome[]> {
  if (sessions.length === 0) return [];
  const known = await lockKnown(queries, layout, sessions);
  const written = new Map<string, StoredSession>();
  const outcomes = sessions.map((session): PutOutcome => {
    const row = known.get(session.id);
    const there =
      written.get(session.id) ?? (row && { ...clocksOf(row, layout.zone), ...ownerOf(row) });
    if (there !== undefined && (there.appid !== session.appid || there.openid !== session.openid))
      return "taken";
    if (there !== undefined && !isLater(session, there)) return "unchanged";
    written.set(session.id, session);
    return there === undefined ? "added" : "replaced";
  });
  const replaced = [...written.keys()]
    .map((id) => known.get(id))
    .filter((row) => row !== undefined);
  await removeRows(queries, layout, replaced);
  await insert(queries, layout, [...written.values()]);
  await count(
    queries,
    [...written.values()].map(({ appid }) => ({ id: 0, appid })),
    1,
  );
  return outcomes;
}

const ownerOf = ({ appid, open_id }: KnownRow) => ({ appid, openid: open_id });

/** Reads the rows with the ids of these sessions, and locks out other copies until the end. */
async function lockKnown(
  queries: Queries,
  { tables }: Layout,
  sessions: readonly StoredSession[],
): Promise<Map<string, KnownRow>> {
  const portions = idPortions(sessions.map(({ id }) => id));
  const [, ...found] = await Promise.all([
    lock(queries, WHOLE.copies),
    ...portions.map((ids) =>
      queries.run<KnownRow>(
        `SELECT ${EXPIRY_COLUMNS}, uuid, open_id FROM ${tables.cSessionInfo} WHERE uuid IN (${placeholders(ids)}) FOR UPDATE`,
        ids,
      ),
    ),
  ]);
  const byId = Map.groupBy(found.flat(), ({ uuid }) => uuid);
  return new Map([...byId].map(([uuid, same]) => [uuid, newest(same) as KnownRow]));
}

async function insert(
  queries: Queries,
  { tables, zone }: Layout,
  sessions: readonly StoredSession[],
): Promise<void> {
  const rows = sessions.map((session): Value[] => [
    session.id,
    session.appid,
    session.openid,
    session.unionid ?? "",
    encodeSkey(session),
    toDatetime(session.loginAt, zone),
    toDatetime(session.lastVisitAt, zone),
    session.sessionKey,
    encodeUserInfo(session.userInfo),
    session.expiresAt,
  ]);
  await Promise.all(
    portions(rows).map((portion) =>
      queries.run(
        `INSERT INTO ${tables.cSessionInfo} (${COLUMNS}) VALUES ${portion
          .map((row) => `(${placeholders(row)})`)
          .join(",")}`,
        portion.flat(),
      ),
    ),
  );
}

/** Splits values into portions for one statement each, in order and mostly of equal length. */
function portions(rows: readonly Value[][]): Value[][][] {
  const made: Value[][][] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = row.reduce<number>((sum, value) => sum + String(value).length, 0);
    if ((made.at(-1)?.length ?? MAX_ROWS) >= MAX_ROWS || bytes + size > MAX_BYTES) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(row);
    bytes += size;
  }
  return made;
}
