import type { Milliseconds } from "../../core/ports.ts";
import type { ZoneMinutes } from "../../core/zone.ts";

/** Formats a time as a datetime of a zone, `2026-11-21 14:05:09`, rounded down to the second. */
export function toDatetime(time: Milliseconds, zone: ZoneMinutes): string {
  return new Date(time + zone * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

const DATETIME_FORM = /^([\d-]{10})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2}(?::?\d{2})?)?$/;

/**
 * Parses a datetime of a zone, or with its own offset; null for `0000-00-00 00:00:00`, for NULL and
 * for an invalid one.
 */
export function fromDatetime(
  datetime: string | Date | null,
  zone: ZoneMinutes,
): Milliseconds | null {
  if (datetime === null) return null;
  let wall: number;
  let offset = zone;
  // Bun parses a datetime as UTC.
  if (datetime instanceof Date) wall = datetime.getTime();
  else {
    const [, day, time, written] = DATETIME_FORM.exec(datetime) ?? [];
    wall = Date.parse(`${day}T${time}Z`);
    // Of PostgreSQL.
    if (written !== undefined) offset = minutesOf(written);
  }
  return Number.isNaN(wall) ? null : wall - offset * 60_000;
}

/** Reads an offset from UTC: `+08`, `+0530` or `-03:30`. */
function minutesOf(offset: string): ZoneMinutes {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(":", ""));
  return offset.startsWith("-") ? -minutes : minutes;
}
