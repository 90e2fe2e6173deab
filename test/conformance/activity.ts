import { describe, expect, test } from "bun:test";
import { sampleActivity } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function activityConformance(subject: Subject): void {
  describe(`${subject.name} activity`, () => {
    test("add() counts each subject, day and kind separately, and loses nothing of concurrent calls", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      await Promise.all(
        Array.from({ length: 50 }, () => activity.add(sampleActivity({ logins: 1 }))),
      );
      await activity.add(sampleActivity({ verifications: 7 }));
      await activity.add(sampleActivity({ day: "2026-11-21", logins: 2, verifications: 3 }));
      await activity.add(sampleActivity({ subject: "wx11", logins: 9 }));
      expect(await activity.list("wx1", { limit: 10 })).toEqual({
        items: [
          { day: "2026-11-20", logins: 50, verifications: 7 },
          { day: "2026-11-21", logins: 2, verifications: 3 },
        ],
        next: null,
      });
      expect((await activity.list("*", { limit: 10 })).items).toEqual([]);
    });

    test("list() pages by day, and refuses the cursor of another subject", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      for (const day of ["2026-11-22", "2026-11-20", "2026-11-21"])
        for (const subject of ["wx1", "wx2"])
          await activity.add(sampleActivity({ subject, day, logins: 1 }));
      const first = await activity.list("wx1", { limit: 2 });
      const cursor = first.next ?? "";
      const second = await activity.list("wx1", { limit: 2, cursor });
      expect([...first.items, ...second.items].map(({ day }) => day)).toEqual([
        "2026-11-20",
        "2026-11-21",
        "2026-11-22",
      ]);
      expect(second.next).toBeNull();
      const foreign = Promise.try(() => activity.list("wx2", { limit: 2, cursor }));
      await expect(foreign).rejects.toMatchObject({ kind: "cursor" });
    });

    test("sweep() removes days by when they were first counted, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { activity } = fresh.store;
      for (const subject of ["wx1", "wx2", "wx3"])
        await activity.add(sampleActivity({ subject, logins: 1, expiresAt: 1000 }));
      await activity.add(sampleActivity({ day: "2026-11-21", logins: 1, expiresAt: 2000 }));
      await activity.add(sampleActivity({ logins: 5, expiresAt: 9000 }));
      expect(await activity.sweep(999, 10)).toBe(0);
      expect(await activity.sweep(1000, 2)).toBe(2);
      expect(await activity.sweep(1000, 2)).toBe(1);
      expect((await activity.list("wx1", { limit: 10 })).items).toEqual([
        { day: "2026-11-21", logins: 1, verifications: 0 },
      ]);
    });
  });
}
