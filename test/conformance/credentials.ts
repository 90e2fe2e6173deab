import { describe, expect, test } from "bun:test";
import { sampleCredential } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

const KEY = sampleCredential().key;

export function credentialConformance(subject: Subject): void {
  describe(`${subject.name} credentials`, () => {
    test("put() keeps every member, and replaces; delete() tells what there was", async () => {
      await using fresh = await freshStore(subject);
      const { credentials } = fresh.store;
      expect(await credentials.get(KEY)).toBeNull();
      await credentials.put(sampleCredential({ value: "t".repeat(600) }));
      expect(await credentials.get(KEY)).toEqual(sampleCredential({ value: "t".repeat(600) }));
      await credentials.put(sampleCredential({ value: "other", forcedAt: 5 }));
      expect(await credentials.get(KEY)).toEqual(sampleCredential({ value: "other", forcedAt: 5 }));
      expect(await credentials.delete(KEY)).toBe(true);
      expect(await credentials.delete(KEY)).toBe(false);
      expect(await credentials.get(KEY)).toBeNull();
    });

    test("touch() moves lastUsedAt forward only, and makes nothing", async () => {
      await using fresh = await freshStore(subject);
      const { credentials } = fresh.store;
      await credentials.touch(KEY, 5);
      expect(await credentials.get(KEY)).toBeNull();
      await credentials.put(sampleCredential({ lastUsedAt: 10 }));
      await credentials.touch(KEY, 5);
      expect(await credentials.get(KEY)).toMatchObject({ lastUsedAt: 10 });
      await credentials.touch(KEY, 15);
      expect(await credentials.get(KEY)).toEqual(sampleCredential({ lastUsedAt: 15 }));
    });

    test("lease() is given to exactly one of many at once, and to another when it is released or has run out", async () => {
      await using fresh = await freshStore(subject);
      const { credentials } = fresh.store;
      const holders = Array.from({ length: 30 }, (_, index) => `holder-${index}`);
      const given = await Promise.all(
        holders.map((holder) => credentials.lease(KEY, holder, 1000, 0)),
      );
      expect(given.filter((got) => got)).toHaveLength(1);
      const holder = holders[given.indexOf(true)] ?? "";
      expect(await credentials.lease(KEY, "late", 2000, 999)).toBe(false);
      expect(await credentials.lease("app:wx2:token", "late", 2000, 999)).toBe(true);
      await credentials.release(KEY, "late");
      expect(await credentials.lease(KEY, "late", 2000, 999)).toBe(false);
      await credentials.release(KEY, holder);
      expect(await credentials.lease(KEY, "late", 2000, 999)).toBe(true);
      expect(await credentials.lease(KEY, "later", 3000, 1999)).toBe(false);
      expect(await credentials.lease(KEY, "later", 3000, 2000)).toBe(true);
      await credentials.release(KEY, "late");
      expect(await credentials.lease(KEY, "late", 4000, 2500)).toBe(false);
    });

    test("list() pages by key, each credential once", async () => {
      await using fresh = await freshStore(subject);
      const { credentials } = fresh.store;
      for (const number of [3, 1, 2])
        await credentials.put(sampleCredential({ key: `app:wx${number}:token` }));
      const first = await credentials.list({ limit: 2 });
      const second = await credentials.list({ limit: 2, cursor: first.next ?? "" });
      expect([...first.items, ...second.items].map(({ key }) => key)).toEqual([
        "app:wx1:token",
        "app:wx2:token",
        "app:wx3:token",
      ]);
      expect(second.next).toBeNull();
    });
  });
}
