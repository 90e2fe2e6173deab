import { expect, test } from "bun:test";
import { timeFormat, withMilliseconds } from "./time.ts";

/** The zone of a process is fixed at its start. */
function inZone(zone: string, given: object, time: string | null): string {
  const script = `import { timeFormat } from ${JSON.stringify(`${import.meta.dir}/time.ts`)};
    console.write(timeFormat(${JSON.stringify(given)})(${JSON.stringify(time)}));`;
  const ran = Bun.spawnSync([process.execPath, "-e", script], { env: { TZ: zone } });
  return ran.stdout.toString();
}

test.each([
  { zone: "Asia/Shanghai", time: "2026-11-26T14:05:01.123Z", shown: "2026-11-26 22:05:01 +08:00" },
  { zone: "Asia/Kolkata", time: "2026-12-31T20:00:00Z", shown: "2027-01-01 01:30:00 +05:30" },
  {
    zone: "America/New_York",
    time: "2026-07-01T02:00:00.000Z",
    shown: "2026-06-30 22:00:00 -04:00",
  },
  {
    zone: "America/New_York",
    time: "2026-12-01T02:00:00.000Z",
    shown: "2026-11-30 21:00:00 -05:00",
  },
  { zone: "UTC", time: "2026-11-26T14:05:01.000Z", shown: "2026-11-26 14:05:01Z" },
  { zone: "Asia/Shanghai", time: null, shown: "never" },
])("timeFormat() of $time in $zone is $shown", ({ zone, time, shown }) => {
  expect(inZone(zone, {}, time)).toBe(shown);
});

test("timeFormat() with --utc is in UTC everywhere", () => {
  expect(inZone("Asia/Shanghai", { utc: true }, "2026-11-26T14:05:01.123Z")).toBe(
    "2026-11-26 14:05:01Z",
  );
});

test.each([
  {
    time: "2026-11-26T14:05:01.123Z",
    format: timeFormat({ utc: true }),
    shown: "2026-11-26 14:05:01.123Z",
  },
  {
    time: "2026-11-26T14:05:01Z",
    format: timeFormat({ utc: true }),
    shown: "2026-11-26 14:05:01Z",
  },
  {
    time: "2026-11-26T14:05:01.123Z",
    format: () => "2026-11-26 22:05:01 +08:00",
    shown: "2026-11-26 22:05:01.123 +08:00",
  },
  { time: null, format: timeFormat({}), shown: "never" },
])("withMilliseconds() makes $shown", ({ time, format, shown }) => {
  expect(withMilliseconds(format)(time)).toBe(shown);
});
