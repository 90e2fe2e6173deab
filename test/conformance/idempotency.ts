import { describe, expect, test } from "bun:test";
import { ANSWER_KEPT, LONGEST_RUN } from "../../src/core/coordination/idempotency-table.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { freshStore, type Subject } from "./subject.ts";

const request = sha256("request");

export function idempotencyConformance(subject: Subject): void {
  describe(`${subject.name} idempotency`, () => {
    test("begin() lets exactly one of many concurrent calls run; finish() gives the others its answer", async () => {
      await using fresh = await freshStore(subject);
      const { idempotency } = fresh.store;
      const begun = await Promise.all(
        Array.from({ length: 30 }, () => idempotency.begin("k", request, 0, 1000)),
      );
      expect(begun.filter(({ state }) => state === "begun")).toHaveLength(1);
      expect(begun.filter(({ state }) => state === "running")).toHaveLength(29);
      await idempotency.finish("k", "the answer 😀", 5000);
      expect(await idempotency.begin("k", request, 4999, 9000)).toEqual({
        state: "done",
        answer: "the answer 😀",
      });
      expect(await idempotency.begin("k", sha256("another"), 4999, 9000)).toEqual({
        state: "reused",
      });
      expect(await idempotency.begin("other", request, 4999, 9000)).toEqual({ state: "begun" });
      expect(await idempotency.begin("k", request, 5000, 9000)).toEqual({ state: "begun" });
    });

    test("begin() of a key that was abandoned, or whose request is due, succeeds", async () => {
      await using fresh = await freshStore(subject);
      const { idempotency } = fresh.store;
      await idempotency.begin("k", request, 0, 1000);
      expect(await idempotency.begin("k", request, 999, 2000)).toEqual({ state: "running" });
      expect(await idempotency.begin("k", request, 1000, 2000)).toEqual({ state: "begun" });
      await idempotency.abandon("k");
      expect(await idempotency.begin("k", sha256("another"), 1000, 2000)).toEqual({
        state: "begun",
      });
      await idempotency.abandon("nobody");
      await idempotency.finish("nobody", "x", 9000);
      expect(await idempotency.begin("nobody", request, 1000, 2000)).toEqual({ state: "begun" });
    });

    test("begin() of a key that a wrong clock wrote succeeds", async () => {
      await using fresh = await freshStore(subject);
      const { idempotency } = fresh.store;
      const now = 1_700_000_000_000;
      for (const ahead of [7_200_000, 60 * 86_400_000]) {
        await idempotency.begin("running", request, now + ahead, now + ahead + LONGEST_RUN);
        await idempotency.begin("done", request, now + ahead, now + ahead + LONGEST_RUN);
        await idempotency.finish("done", "x", now + ahead + ANSWER_KEPT);
        for (const key of ["running", "done"]) {
          const state = await idempotency.begin(key, request, now, now + LONGEST_RUN);
          expect(state).toEqual({ state: "begun" });
          await idempotency.abandon(key);
        }
      }
      await idempotency.begin("near", request, now + 59_000, now + 59_000 + LONGEST_RUN);
      expect(await idempotency.begin("near", request, now, now + LONGEST_RUN)).toEqual({
        state: "running",
      });
      await idempotency.finish("near", "x", now + 59_000 + ANSWER_KEPT);
      expect(await idempotency.begin("near", request, now, now + LONGEST_RUN)).toEqual({
        state: "done",
        answer: "x",
      });
    });

    test("sweep() removes due keys, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { idempotency } = fresh.store;
      for (const key of ["a", "b", "c", "d"]) {
        await idempotency.begin(key, request, 0, 10);
        await idempotency.finish(key, "x", key === "d" ? 2000 : 1000);
      }
      expect(await idempotency.sweep(999, 10)).toBe(0);
      expect(await idempotency.sweep(1000, 2)).toBe(2);
      expect(await idempotency.sweep(1000, 2)).toBe(1);
      expect(await idempotency.begin("d", request, 1000, 3000)).toMatchObject({ state: "done" });
    });
  });
}
