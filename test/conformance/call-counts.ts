import { describe, expect, test } from "bun:test";
import { freshStore, type Subject } from "./subject.ts";

const entry = { subject: "wx1", endpoint: "/cgi-bin/token", window: "2026-11-20", expiresAt: 1000 };

export function callCountConformance(subject: Subject): void {
  describe(`${subject.name} call counts`, () => {
    test("add() counts each subject, window and endpoint separately, and loses nothing of concurrent calls", async () => {
      await using fresh = await freshStore(subject);
      const { callCounts } = fresh.store;
      const counts = await Promise.all(Array.from({ length: 50 }, () => callCounts.add(entry)));
      expect(counts.sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, index) => index + 1),
      );
      expect(await callCounts.add({ ...entry, window: "2026-11-21" }, 7)).toBe(7);
      expect(await callCounts.add({ ...entry, window: "2026-11-21" }, 3)).toBe(10);
      expect(await callCounts.add({ ...entry, endpoint: "/other" })).toBe(1);
      expect(await callCounts.add({ ...entry, subject: "wx11" })).toBe(1);
      const { items } = await callCounts.list("wx1", { limit: 10 });
      expect(items.map(({ window, endpoint, count }) => [window, endpoint, count])).toEqual([
        ["2026-11-20", "/cgi-bin/token", 50],
        ["2026-11-20", "/other", 1],
        ["2026-11-21", "/cgi-bin/token", 10],
      ]);
    });

    test("sweep() removes due counts, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { callCounts } = fresh.store;
      for (const endpoint of ["/a", "/b", "/c"]) await callCounts.add({ ...entry, endpoint });
      await callCounts.add({ ...entry, endpoint: "/d", expiresAt: 2000 });
      expect(await callCounts.sweep(999, 10)).toBe(0);
      await callCounts.add({ ...entry, endpoint: "/a" }, 5);
      expect(await callCounts.sweep(1000, 2)).toBe(2);
      expect(await callCounts.sweep(1000, 2)).toBe(1);
      expect(
        (await callCounts.list("wx1", { limit: 10 })).items.map(({ endpoint }) => endpoint),
      ).toEqual(["/d"]);
    });
  });
}
