import { describe, expect, test } from "bun:test";
import { LONGEST_CLAIM } from "../../src/core/coordination/claim-table.ts";
import { freshStore, type Subject } from "./subject.ts";

export function claimConformance(subject: Subject): void {
  describe(`${subject.name} claims`, () => {
    test("claim() gives a name to exactly one of many concurrent callers, and the others its answer", async () => {
      await using fresh = await freshStore(subject);
      const { claims } = fresh.store;
      const states = await Promise.all(
        Array.from({ length: 30 }, () => claims.claim("code", 0, 100_000)),
      );
      expect(states.filter(({ state }) => state === "claimed")).toHaveLength(1);
      expect(states.filter(({ state }) => state === "running")).toHaveLength(29);
      await claims.finish("code", () => "the answer 😀", 50_000, 500_000);
      expect(await claims.claim("code", 499_999, 900_000)).toEqual({
        state: "done",
        endedAt: 50_000,
        answer: "the answer 😀",
      });
      expect(await claims.claim("other", 499_999, 900_000)).toEqual({ state: "claimed" });
      expect(await claims.claim("code", 500_000, 900_000)).toEqual({ state: "claimed" });
      expect(await claims.claim("code", 500_000, 900_000)).toEqual({ state: "running" });
    });

    test("claim() of a name that was abandoned, or whose claim is due, succeeds", async () => {
      await using fresh = await freshStore(subject);
      const { claims } = fresh.store;
      await claims.claim("code", 0, 100_000);
      expect(await claims.claim("code", 99_999, 200_000)).toEqual({ state: "running" });
      expect(await claims.claim("code", 100_000, 200_000)).toEqual({ state: "claimed" });
      await claims.abandon("code");
      expect(await claims.claim("code", 100_000, 200_000)).toEqual({ state: "claimed" });
    });

    test("claim() of a name whose claim or answer a wrong clock wrote succeeds", async () => {
      await using fresh = await freshStore(subject);
      const { claims } = fresh.store;
      const now = 1_700_000_000_000;
      for (const ahead of [7_200_000, 60 * 86_400_000]) {
        await claims.claim("running", now + ahead, now + ahead + 9000);
        expect(await claims.claim("running", now, now + 9000)).toEqual({ state: "claimed" });
        await claims.claim("done", now + ahead, now + ahead + 9000);
        await claims.claim("done", now + ahead, now + ahead + 9000);
        await claims.finish("done", () => "x", now + ahead, now + ahead + 60_000);
        expect(await claims.claim("done", now, now + 9000)).toEqual({ state: "claimed" });
        for (const name of ["running", "done"]) await claims.abandon(name);
      }
      await claims.claim("near", now + 59_000, now + 59_000 + LONGEST_CLAIM);
      expect(await claims.claim("near", now, now + 9000)).toEqual({ state: "running" });
    });

    test("finish() and abandon() of a name that nobody claimed do nothing", async () => {
      await using fresh = await freshStore(subject);
      const { claims } = fresh.store;
      await claims.abandon("nobody");
      await claims.finish("nobody", () => "x", 0, 900_000);
      expect(await claims.claim("nobody", 0, 100_000)).toEqual({ state: "claimed" });
    });

    test("sweep() keeps claims and answers that are not due", async () => {
      await using fresh = await freshStore(subject);
      const { claims } = fresh.store;
      for (const name of ["a", "b", "c"]) await claims.claim(name, 0, 100_000);
      for (let caller = 1; caller <= 2; caller += 1) await claims.claim("d", 0, 100_000);
      await claims.finish("d", () => "x", 50_000, 200_000);
      expect(await claims.sweep(99_999, 10)).toBe(0);
      await claims.sweep(100_000, 2);
      await claims.sweep(100_000, 2);
      expect(await claims.sweep(100_000, 2)).toBe(0);
      expect(await claims.claim("d", 199_999, 300_000)).toMatchObject({ state: "done" });
      expect(await claims.claim("a", 100_000, 300_000)).toEqual({ state: "claimed" });
    });
  });
}
