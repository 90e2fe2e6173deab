import { describe, expect, test } from "bun:test";
import { sampleCredential } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

const KEY = sampleCredential().key;

export function credentialConformance(subject: Subject): void {
  describe(`${subject.name} credentials`, () => {
    test("put() stores every member, and replaces; delete() returns whether it existed", async () => {
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

    test("touch() moves lastUsedAt forward only, and creates nothing", async () => {
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

    test("touch() moves lastUsedAt back from a time that a wrong clock wrote", async () => {
      await using fresh = await freshStore(subject);
      const { credentials } = fresh.store;
      const now = 1_700_000_000_000;
      await credentials.put(sampleCredential({ lastUsedAt: now + 60_001 }));
      await credentials.touch(KEY, now);
      expect(await credentials.get(KEY)).toMatchObject({ lastUsedAt: now });
      await credentials.put(sampleCredential({ lastUsedAt: now + 60_000 }));
      await credentials.touch(KEY, now);
      expect(await credentials.get(KEY)).toMatchObject({ lastUsedAt: now + 60_000 });
    });

    test("list() pages by key, and returns each credential once", async () => {
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
