import { describe, expect, test } from "bun:test";
import { sha256 } from "../../src/crypto/digest.ts";
import { sampleActivity, sampleCredential } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

/** One name used in every table, to find a driver that stores two of them in one place. */
const NAME = "wx1";
const DAY = "2026-11-20";

export function separationConformance(subject: Subject): void {
  describe(`${subject.name} tables with records of one name`, () => {
    test("a lease, a claim, an idempotency key and a credential are independent", async () => {
      await using fresh = await freshStore(subject);
      const { leases, claims, idempotency, credentials } = fresh.store;
      const request = sha256("request");
      expect(await leases.acquire(NAME, "me", 100_000, 0)).toBe(true);
      expect(await claims.claim(NAME, 0, 100_000)).toEqual({ state: "claimed" });
      expect(await idempotency.begin(NAME, request, 0, 100_000)).toEqual({ state: "begun" });
      await credentials.put(sampleCredential({ key: NAME }));
      expect(await claims.claim(NAME, 0, 100_000)).toEqual({ state: "running" });
      await claims.finish(NAME, () => "of the claim", 0, 100_000);
      expect(await idempotency.begin(NAME, request, 0, 100_000)).toEqual({ state: "running" });
      await idempotency.finish(NAME, "of the request", 100_000);
      expect(await claims.claim(NAME, 0, 100_000)).toMatchObject({ answer: "of the claim" });
      await credentials.delete(NAME);
      expect(await idempotency.begin(NAME, request, 0, 100_000)).toEqual({
        state: "done",
        answer: "of the request",
      });
      expect(await leases.acquire(NAME, "other", 100_000, 0)).toBe(false);
      await leases.release(NAME, "me");
      await idempotency.abandon(NAME);
      expect(await claims.claim(NAME, 0, 100_000)).toMatchObject({ answer: "of the claim" });
      expect(await credentials.get(NAME)).toBeNull();
    });

    test("activity and counts of calls are independent, and so are their sweeps", async () => {
      await using fresh = await freshStore(subject);
      const { activity, callCounts } = fresh.store;
      const call = { subject: NAME, window: DAY, endpoint: "logins", expiresAt: 1000 };
      const counts = { logins: 3 };
      await activity.add([sampleActivity({ subject: NAME, window: DAY, counts, expiresAt: 2000 })]);
      expect(await callCounts.add(call)).toBe(1);
      const days = async () => activity.list(NAME, "day", [DAY]);
      expect(await days()).toEqual([{ window: DAY, counts }]);
      expect((await callCounts.list(NAME, { limit: 9 })).items).toMatchObject([{ count: 1 }]);
      expect([await activity.sweep(1000, 9), await callCounts.sweep(1000, 9)]).toEqual([0, 1]);
      expect(await days()).toHaveLength(1);
    });

    test("sweep() of one table leaves the due records of the others", async () => {
      await using fresh = await freshStore(subject);
      const { leases, claims, idempotency } = fresh.store;
      const request = sha256("request");
      await idempotency.begin(NAME, request, 0, 100_000);
      await claims.claim(NAME, 0, 300_000);
      await leases.acquire(NAME, "me", 300_000, 0);
      await claims.sweep(200_000, 9);
      await leases.sweep(200_000, 9);
      expect(await idempotency.sweep(200_000, 9)).toBe(1);
      expect(await claims.claim(NAME, 200_000, 300_000)).toEqual({ state: "running" });
      expect(await leases.acquire(NAME, "other", 300_000, 200_000)).toBe(false);
    });
  });
}
