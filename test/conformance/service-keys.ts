import { describe, expect, test } from "bun:test";
import type { Capability, ServiceKey } from "../../src/core/access/service-key.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { sampleServiceKey } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

/** Makes keys comparable: some drivers return Buffers, others plain arrays. */
const comparable = (key: ServiceKey | null) =>
  key && { ...key, keyHash: Buffer.from(key.keyHash).toString("hex") };

export function serviceKeyConformance(subject: Subject): void {
  describe(`${subject.name} service keys`, () => {
    test("create() stores every member; get(), getByHash() and list() return them", async () => {
      await using fresh = await freshStore(subject);
      const { serviceKeys } = fresh.store;
      const keys = [
        sampleServiceKey(1),
        sampleServiceKey(2, { expiresAt: 5, apps: ["wx2"], lastUsedAt: 4, lastUsedFrom: "::1" }),
        sampleServiceKey(3, { capabilities: ["proxy", "token"], paths: ["/wxa/*", "/a/b"] }),
      ];
      for (const key of keys) await serviceKeys.create(key);
      for (const [index, key] of keys.entries()) {
        expect(comparable(await serviceKeys.get(key.id))).toEqual(comparable(key));
        expect(comparable(await serviceKeys.getByHash(sha256(`key-${index + 1}`)))).toEqual(
          comparable(key),
        );
      }
      const first = await serviceKeys.list({ limit: 1 });
      const second = await serviceKeys.list({ limit: 2, cursor: first.next ?? "" });
      expect([...first.items, ...second.items].map(comparable)).toEqual(keys.map(comparable));
      expect(second.next).toBeNull();
      expect(await serviceKeys.get("nobody")).toBeNull();
      expect(await serviceKeys.getByHash(sha256("another"))).toBeNull();
    });

    test("get(), getByHash() and list() leave out capabilities that this version does not know", async () => {
      await using fresh = await freshStore(subject);
      const { serviceKeys } = fresh.store;
      const key = sampleServiceKey(1, { capabilities: ["token", "newer" as Capability] });
      const known = comparable({ ...key, capabilities: ["token"] });
      await serviceKeys.create(key);
      expect(comparable(await serviceKeys.get(key.id))).toEqual(known);
      expect(comparable(await serviceKeys.getByHash(key.keyHash))).toEqual(known);
      expect((await serviceKeys.list({ limit: 1 })).items.map(comparable)).toEqual([known]);
    });

    test("touch() moves lastUsedAt forward only, with lastUsedFrom, and creates nothing", async () => {
      await using fresh = await freshStore(subject);
      const { serviceKeys } = fresh.store;
      const { id } = sampleServiceKey(1);
      await serviceKeys.touch(id, 5, "10.0.0.5");
      expect(await serviceKeys.get(id)).toBeNull();
      await serviceKeys.create(sampleServiceKey(1));
      await serviceKeys.touch(id, 10, "2001:db8::10");
      await serviceKeys.touch(id, 5, "10.0.0.5");
      expect(await serviceKeys.get(id)).toMatchObject({
        lastUsedAt: 10,
        lastUsedFrom: "2001:db8::10",
        title: sampleServiceKey(1).title,
      });
    });

    test("touch() moves lastUsedAt back from a time that a wrong clock wrote", async () => {
      await using fresh = await freshStore(subject);
      const { serviceKeys } = fresh.store;
      const { id } = sampleServiceKey(1);
      const now = 1_700_000_000_000;
      await serviceKeys.create(sampleServiceKey(1));
      await serviceKeys.touch(id, now + 60_001, null);
      await serviceKeys.touch(id, now, null);
      expect(await serviceKeys.get(id)).toMatchObject({ lastUsedAt: now, lastUsedFrom: null });
    });

    test("revoke() removes a key under its id and its hash, and no other key", async () => {
      await using fresh = await freshStore(subject);
      const { serviceKeys } = fresh.store;
      for (const number of [1, 2]) await serviceKeys.create(sampleServiceKey(number));
      expect(await serviceKeys.revoke(sampleServiceKey(1).id)).toBe(true);
      expect(await serviceKeys.revoke(sampleServiceKey(1).id)).toBe(false);
      expect(await serviceKeys.get(sampleServiceKey(1).id)).toBeNull();
      expect(await serviceKeys.getByHash(sha256("key-1"))).toBeNull();
      expect(await serviceKeys.getByHash(sha256("key-2"))).not.toBeNull();
    });
  });
}
