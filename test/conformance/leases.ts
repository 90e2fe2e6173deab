import { describe, expect, test } from "bun:test";
import { LONGEST_LEASE } from "../../src/core/coordination/lease-table.ts";
import { freshStore, type Subject } from "./subject.ts";

const NAME = "app:wx1111111111111111:token";

export function leaseConformance(subject: Subject): void {
  describe(`${subject.name} leases`, () => {
    test("acquire() gives a lease to exactly one of many concurrent holders, and each name its own", async () => {
      await using fresh = await freshStore(subject);
      const { leases } = fresh.store;
      const holders = Array.from({ length: 30 }, (_, index) => `holder-${index}`);
      const given = await Promise.all(
        holders.map((holder) => leases.acquire(NAME, holder, 100_000, 0)),
      );
      expect(given.filter((got) => got)).toHaveLength(1);
      expect(await leases.acquire(NAME, "late", 200_000, 99_999)).toBe(false);
      expect(await leases.acquire("app:wx2:token", "late", 200_000, 99_999)).toBe(true);
    });

    test("acquire() extends the holder's lease, and gives one that ran out to the next holder", async () => {
      await using fresh = await freshStore(subject);
      const { leases } = fresh.store;
      await leases.acquire(NAME, "first", 100_000, 0);
      expect(await leases.acquire(NAME, "first", 300_000, 99_999)).toBe(true);
      expect(await leases.acquire(NAME, "second", 400_000, 299_999)).toBe(false);
      expect(await leases.acquire(NAME, "second", 400_000, 300_000)).toBe(true);
      expect(await leases.acquire(NAME, "first", 400_000, 300_000)).toBe(false);
    });

    test("acquire() gives a lease that a wrong clock wrote to the next holder", async () => {
      await using fresh = await freshStore(subject);
      const { leases } = fresh.store;
      const now = 1_700_000_000_000;
      for (const ahead of [7_200_000, 60 * 86_400_000]) {
        expect(await leases.acquire(NAME, "wrong", now + ahead + 20_000, now + ahead)).toBe(true);
        expect(await leases.acquire(NAME, "right", now + 20_000, now)).toBe(true);
        expect(await leases.acquire(NAME, "wrong", now + 20_001, now)).toBe(false);
        await leases.release(NAME, "right");
      }
      // A holder whose clock is a little ahead keeps it.
      await leases.acquire(NAME, "first", now + LONGEST_LEASE + 59_000, now + 59_000);
      expect(await leases.acquire(NAME, "second", now + 20_000, now)).toBe(false);
    });

    test("release() frees the holder's lease at once, and nobody else's", async () => {
      await using fresh = await freshStore(subject);
      const { leases } = fresh.store;
      await leases.release(NAME, "nobody");
      await leases.acquire(NAME, "first", 100_000, 0);
      await leases.release(NAME, "second");
      expect(await leases.acquire(NAME, "second", 100_000, 0)).toBe(false);
      await leases.release(NAME, "first");
      expect(await leases.acquire(NAME, "second", 100_000, 0)).toBe(true);
    });

    test("sweep() keeps leases that have not run out", async () => {
      await using fresh = await freshStore(subject);
      const { leases } = fresh.store;
      for (const name of ["a", "b", "c"]) await leases.acquire(name, "first", 100_000, 0);
      await leases.acquire("d", "first", 200_000, 0);
      expect(await leases.sweep(99_999, 10)).toBe(0);
      await leases.sweep(100_000, 2);
      await leases.sweep(100_000, 2);
      expect(await leases.sweep(100_000, 2)).toBe(0);
      expect(await leases.acquire("d", "second", 300_000, 100_000)).toBe(false);
      expect(await leases.acquire("a", "second", 300_000, 100_000)).toBe(true);
    });
  });
}
