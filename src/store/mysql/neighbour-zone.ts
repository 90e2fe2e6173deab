import type { Milliseconds } from "../../core/ports.ts";
import type { Concern } from "../../core/store.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import { fromDatetime } from "../layout/datetime.ts";
import type { Queries } from "./database.ts";

/** Clocks of two machines may differ by this much. */
const SKEW: Milliseconds = 120_000;
/** A row that another server wrote this recently tells its zone. */
const RECENT: Milliseconds = 600_000;
const QUARTER: Milliseconds = 900_000;
/** The row that keeps the finding, where commands beside the server find it. */
const FINDING = "zone-of-another-server";

/** Tells whether a datetime of a zone is of the last minutes. */
function isRecent(written: Date | null, zone: ZoneMinutes, now: Milliseconds): boolean {
  const at = fromDatetime(written, zone);
  return at !== null && at <= now + SKEW && at >= now - RECENT;
}

/**
 * Returns the zone in which another server wrote a datetime a moment ago, if it is not the
 * configured one; null when the datetime does not tell.
 *
 * @param databaseZone the zone of the database, in which go writes
 */
export function foreignZone(
  written: Date | null,
  { zone, databaseZone, now }: { zone: ZoneMinutes; databaseZone: ZoneMinutes; now: Milliseconds },
): ZoneMinutes | null {
  const at = fromDatetime(written, zone);
  if (at === null || isRecent(written, zone, now)) return null;
  if (isRecent(written, databaseZone, now)) return databaseZone;
  if (at <= now + SKEW) return null;
  // Nothing can have been written in the future.
  return zone + Math.ceil((at - now - SKEW) / QUARTER) * (QUARTER / 60_000);
}

/** Compares the datetimes of rows that another server wrote, and keeps what is odd about them. */
export async function observeZone(
  queries: Queries,
  rows: readonly { last_visit_time: Date | null }[],
  zone: ZoneMinutes,
): Promise<void> {
  const newest = rows.reduce<Date | null>(
    (latest, { last_visit_time: at }) =>
      at !== null && !Number.isNaN(at.getTime()) && (latest === null || at > latest) ? at : latest,
    null,
  );
  if (newest === null) return;
  const [clock] = await queries.run<{ minutes: number | string }>(
    "SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), NOW()) AS minutes",
  );
  // Rounded, because the two functions may lie on either side of a minute.
  const databaseZone = Math.round(Number(clock?.minutes) / 15) * 15;
  const now = Date.now();
  const found = foreignZone(newest, { zone, databaseZone, now });
  // Somebody corrected the zone of the other server or of the database.
  if (isRecent(newest, zone, now))
    await queries.run("DELETE FROM waferd_counters WHERE name = ?", [FINDING]);
  if (found === null) return;
  await queries.run("REPLACE INTO waferd_counters (name, slot, amount) VALUES (?, 0, ?)", [
    FINDING,
    found,
  ]);
}

/** Returns what an operator should mend about the zone, as found last. */
export async function zoneConcerns(queries: Queries, zone: ZoneMinutes): Promise<Concern[]> {
  const [row] = await queries.run<{ amount: number | string }>(
    "SELECT amount FROM waferd_counters WHERE name = ?",
    [FINDING],
  );
  if (row === undefined || Number(row.amount) === zone) return [];
  return [
    {
      problem: `another server writes the times of sessions in the zone ${offsetOf(Number(row.amount))}, and mysql.timezone is ${offsetOf(zone)}: its sessions end too early or too late here`,
      todo: `set mysql.timezone to ${offsetOf(Number(row.amount))}`,
      zh: {
        problem: `另一台服务器按 ${offsetOf(Number(row.amount))} 时区写入会话的时间，而 mysql.timezone 为 ${offsetOf(zone)}：它的会话在这里结束得过早或过晚`,
        todo: `把 mysql.timezone 设为 ${offsetOf(Number(row.amount))}`,
      },
    },
  ];
}

function offsetOf(zone: ZoneMinutes): string {
  const minutes = Math.abs(zone);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${zone < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
