import { describe, expect, test } from "bun:test";
import { MOST_COUNTS, MOST_ENTRIES } from "../../src/core/usage/activity-table.ts";
import type { BucketWidth } from "../../src/core/usage/buckets.ts";
import { sampleActivity } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

const DAY = "2026-11-20";
const FAILED = "failed login codeRefused";

export function activityConformance(subject: Subject): void {
  describe(`${subject.name} activity`, () => {
    test("add() counts each subject, bucket and name separately, and loses nothing of concurrent calls", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      const entry = sampleActivity({ counts: { logins: 1, [FAILED]: 2 } });
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          activity.add(
            // The sum of all apps is met from both sides.
            index % 2 === 0
              ? [entry, sampleActivity({ subject: "*", counts: { logins: 1 } })]
              : [sampleActivity({ subject: "*", counts: { logins: 1 } }), entry],
          ),
        ),
      );
      await activity.add([
        sampleActivity({ counts: { verifications: 7 } }),
        sampleActivity({ window: "2026-11-21", counts: { "/cgi-bin/token": 3 } }),
        sampleActivity({ subject: "wx11", counts: { logins: 9 } }),
      ]);
      expect(await activity.list("wx1", "day", [DAY, "2026-11-21", "2026-11-22"])).toEqual([
        { window: DAY, counts: { logins: 50, [FAILED]: 100, verifications: 7 } },
        { window: "2026-11-21", counts: { "/cgi-bin/token": 3 } },
      ]);
      expect(await activity.list("*", "day", [DAY])).toEqual([
        { window: DAY, counts: { logins: 50 } },
      ]);
      expect(await activity.list("wx2", "day", [DAY])).toEqual([]);
      expect(await activity.list("wx1", "day", [])).toEqual([]);
    });

    test("add() takes as many entries as it may, each with the counts of a busy app", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      const counts = Object.fromEntries(
        Array.from({ length: MOST_COUNTS / MOST_ENTRIES }, (_, index) => [`/wxa/${index}`, 3]),
      );
      const subjects = Array.from({ length: MOST_ENTRIES }, (_, index) => `wx${index}`);
      await activity.add(subjects.map((of) => sampleActivity({ subject: of, counts })));
      // One entry may have more counts than fit a batch, and their number is of no power of two.
      const many = Object.fromEntries(
        Array.from({ length: 263 }, (_, index) => [`/wxa/${index}`, 1]),
      );
      await activity.add([sampleActivity({ subject: "wx0", counts: many })]);
      for (const of of subjects.slice(1))
        expect(await activity.list(of, "day", [DAY])).toEqual([{ window: DAY, counts }]);
      const [first] = await activity.list("wx0", "day", [DAY]);
      expect(first?.counts).toEqual({
        ...many,
        ...Object.fromEntries(Object.keys(counts).map((name) => [name, 4])),
      });
    });

    test("list() gives the buckets of one width in the order of the windows", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      const rows: { width: BucketWidth; windows: string[] }[] = [
        { width: "day", windows: ["2026-11-20", "2026-11-19"] },
        { width: "hour", windows: ["2026-11-20T00", "2026-11-19T23"] },
        { width: "minute", windows: ["2026-11-20T00:00", "2026-11-19T23:59"] },
      ];
      for (const [index, { width, windows }] of rows.entries())
        await activity.add(
          windows.map((window) => sampleActivity({ width, window, counts: { logins: index + 1 } })),
        );
      for (const [index, { width, windows }] of rows.entries())
        expect(await activity.list("wx1", width, windows.toReversed())).toEqual(
          windows.toReversed().map((window) => ({ window, counts: { logins: index + 1 } })),
        );
    });

    test("sweep() removes buckets by when they were first counted, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      const counts = { logins: 1 };
      await activity.add([
        sampleActivity({ subject: "wx1", counts, expiresAt: 1000 }),
        sampleActivity({ subject: "wx2", counts, width: "hour", window: "h", expiresAt: 1000 }),
        sampleActivity({ subject: "wx3", counts, width: "minute", window: "m", expiresAt: 1000 }),
        sampleActivity({ window: "2026-11-21", counts, expiresAt: 2000 }),
      ]);
      await activity.add([sampleActivity({ counts: { logins: 5 }, expiresAt: 9000 })]);
      expect(await activity.sweep(999, 10)).toBe(0);
      expect(await activity.sweep(1000, 2)).toBe(2);
      expect(await activity.sweep(1000, 2)).toBe(1);
      expect(await activity.list("wx1", "day", [DAY, "2026-11-21"])).toEqual([
        { window: "2026-11-21", counts },
      ]);
    });
  });
}
