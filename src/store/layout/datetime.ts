import type { Milliseconds } from "../../core/ports.ts";
import type { ZoneMinutes } from "../../core/zone.ts";

/** Formats a time as a datetime of a zone, `2026-11-21 14:05:09`, rounded down to the second. */
export function toDatetime(time: Milliseconds, zone: ZoneMinutes): string {
  return new Date(time + zone * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

const DATETIME_FORM = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?$/;

/** Parses a datetime of a zone; null for `0000-00-00 00:00:00`, for NULL and for an invalid one. */
export function fromDatetime(
  datetime: string | Date | null,
  zone: ZoneMinutes,
): Milliseconds | null {
  if (datetime === null) return null;
  // Bun parses a datetime as UTC.
  const wall =
    datetime instanceof Date
      ? datetime.getTime()
      : DATETIME_FORM.test(datetime)
        ? Date.parse(`${datetime.replace(" ", "T")}Z`)
        : Number.NaN;
  return Number.isNaN(wall) ? null : wall - zone * 60_000;
}
