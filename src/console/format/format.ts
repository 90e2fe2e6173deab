import { useMemo } from "react";
import { useText } from "../text/text.tsx";

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Numbers, times and durations in the reader's way. */
export interface Formats {
  number: (value: number) => string;
  /** A share between 0 and 1, with its sign; more than half as an absolute number. */
  change: (share: number) => string;
  /** Seconds in their largest unit: `2 hours`. */
  duration: (seconds: number) => string;
  /** Seconds from now on, negative in the past: `3 minutes ago`. */
  relative: (seconds: number) => string;
  /** A time to the second, with the zone. */
  exact: (time: number) => string;
  /** The hour, minute and second of a time. */
  clock: (time: number) => string;
  /** The hour and minute of a time. */
  hourMinute: (time: number) => string;
  /** The day of a time in China. */
  chinaDay: (time: number) => string;
  /** A number of events a second. */
  rate: (value: number) => string;
  /** Bytes in their largest unit: `1.2 MB`. */
  bytes: (bytes: number) => string;
}

function unitOf(seconds: number): { unit: (typeof UNITS)[number][0]; value: number } {
  for (const [unit, size] of UNITS)
    if (Math.abs(seconds) >= size) return { unit, value: Math.trunc(seconds / size) };
  return { unit: "second", value: 0 };
}

function formatsOf(locale: string): Formats {
  const numbers = new Intl.NumberFormat(locale);
  const changes = new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: 0,
    signDisplay: "exceptZero",
  });
  const relatives = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const exacts = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" });
  const clocks = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hour12: false });
  const minutes = new Intl.DateTimeFormat(locale, { timeStyle: "short", hour12: false });
  const rates = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const sizes = BYTE_UNITS.map(
    (unit) => new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }),
  );
  const days = new Intl.DateTimeFormat(locale, {
    month: "short",
    day: "numeric",
    timeZone: "Asia/Shanghai",
  });
  const durations = UNITS.map(
    ([unit]) =>
      [unit, new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" })] as const,
  );
  const ofUnit = new Map(durations);
  return {
    number: (value) => numbers.format(value),
    change: (share) => changes.format(share),
    duration(seconds) {
      const { unit, value } = unitOf(seconds);
      return ofUnit.get(unit)?.format(value) ?? String(value);
    },
    relative(seconds) {
      const { unit, value } = unitOf(seconds);
      return relatives.format(value, unit);
    },
    exact: (time) => exacts.format(time),
    clock: (time) => clocks.format(time),
    hourMinute: (time) => minutes.format(time),
    chinaDay: (time) => days.format(time),
    rate: (value) => rates.format(value),
    bytes(bytes) {
      const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
      return sizes[power]?.format(bytes / 1000 ** power) ?? String(bytes);
    },
  };
}

const known = new Map<string, Formats>();

/** Returns the formats of the reader's language. */
export function useFormats(): Formats {
  const { locale } = useText();
  return useMemo(() => {
    const formats = known.get(locale) ?? formatsOf(locale);
    known.set(locale, formats);
    return formats;
  }, [locale]);
}
