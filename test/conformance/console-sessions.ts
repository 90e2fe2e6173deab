import { describe, expect, test } from "bun:test";
import { sampleConsoleSession } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function consoleSessionConformance(subject: Subject): void {
  describe(`${subject.name} sessions of the console`, () => {
    test("create() stores every member; get() and list() return them by id", async () => {
      await using fresh = await freshStore(subject);
      const { consoleSessions } = fresh.store;
      for (const number of [2, 3, 1]) await consoleSessions.create(sampleConsoleSession(number));
      const first = await consoleSessions.list({ limit: 2 });
      const second = await consoleSessions.list({ limit: 2, cursor: first.next ?? "" });
      const all = [1, 2, 3].map((number) => sampleConsoleSession(number));
      expect([...first.items, ...second.items]).toEqual(all);
      expect(second.next).toBeNull();
      for (const session of all) expect(await consoleSessions.get(session.id)).toEqual(session);
      expect(await consoleSessions.get("0".repeat(64))).toBeNull();
    });

    test("touch() moves lastUsedAt forward, or back when it is ahead, and creates nothing", async () => {
      await using fresh = await freshStore(subject);
      const { consoleSessions } = fresh.store;
      const session = sampleConsoleSession(1);
      const { id, lastUsedAt } = session;
      await consoleSessions.touch(id, lastUsedAt);
      expect(await consoleSessions.get(id)).toBeNull();
      await consoleSessions.create(session);
      const times = [
        [lastUsedAt + 10, lastUsedAt + 10],
        [lastUsedAt + 5, lastUsedAt + 10],
        [lastUsedAt - 3_600_000, lastUsedAt - 3_600_000],
      ] as const;
      for (const [given, kept] of times) {
        await consoleSessions.touch(id, given);
        expect(await consoleSessions.get(id)).toEqual({ ...session, lastUsedAt: kept });
      }
    });

    test("remove() ends a session, once", async () => {
      await using fresh = await freshStore(subject);
      const { consoleSessions } = fresh.store;
      for (const number of [1, 2]) await consoleSessions.create(sampleConsoleSession(number));
      const { id } = sampleConsoleSession(1);
      expect([await consoleSessions.remove(id), await consoleSessions.remove(id)]).toEqual([
        true,
        false,
      ]);
      expect(await consoleSessions.get(id)).toBeNull();
      expect((await consoleSessions.list({ limit: 9 })).items).toEqual([sampleConsoleSession(2)]);
      await consoleSessions.touch(id, Date.now());
      expect(await consoleSessions.get(id)).toBeNull();
    });
  });
}
