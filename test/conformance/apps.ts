import { describe, expect, test } from "bun:test";
import { StoreError } from "../../src/core/store-error.ts";
import { sampleApp, sampleCredential } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function appConformance(subject: Subject): void {
  describe(`${subject.name} apps`, () => {
    test("get(), first() and list() of an empty store return nothing", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      expect(await apps.get("wx1")).toBeNull();
      expect(await apps.first()).toBeNull();
      expect(await apps.list({ limit: 10 })).toEqual({ items: [], next: null });
      expect(await apps.count()).toBe(0);
    });

    test("create() numbers apps from 1, and get() returns every member", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      const first = {
        ...sampleApp({ title: "应用 😀", sessionsPerUser: 3, tokenEndpoint: "legacy" }),
        number: 1,
        revision: 1,
      };
      expect(
        await apps.create(
          sampleApp({ title: "应用 😀", sessionsPerUser: 3, tokenEndpoint: "legacy" }),
        ),
      ).toEqual(first);
      await apps.create(sampleApp({ appid: "wx0" }));
      expect(await apps.get(first.appid)).toEqual(first);
      expect(await apps.get("wx0")).toMatchObject({ number: 2 });
      expect(await apps.getByNumber(1)).toEqual(first);
      expect(await apps.getByNumber(3)).toBeNull();
      expect(await apps.first()).toEqual(first);
      expect(await apps.count()).toBe(2);
    });

    test("create() of a registered appid returns that, and changes nothing", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      await apps.create(sampleApp());
      expect(await apps.create(sampleApp({ appSecret: "another" }))).toBe("exists");
      expect(await apps.get(sampleApp().appid)).toMatchObject({ appSecret: sampleApp().appSecret });
      expect(await apps.count()).toBe(1);
    });

    test("create() only as first succeeds for exactly one of many concurrent callers", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          apps.create(sampleApp({ appid: `wx${index}` }), true),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === "notFirst")).toHaveLength(19);
      expect(await apps.count()).toBe(1);
    });

    test("update() changes the named members only, and returns null for an unknown app", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      await apps.create(sampleApp());
      const changed = {
        ...sampleApp(),
        number: 1,
        revision: 2,
        appSecret: "new",
        sessionDurationSeconds: 5,
      };
      expect(
        await apps.update(sampleApp().appid, { appSecret: "new", sessionDurationSeconds: 5 }),
      ).toEqual(changed);
      expect(await apps.get(sampleApp().appid)).toEqual(changed);
      expect(await apps.update("wx0", { title: "nobody" })).toBeNull();
      expect(await apps.get("wx0")).toBeNull();
    });

    test("list() pages by number, and returns each app once", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      for (let index = 9; index > 0; index -= 1)
        await apps.create(sampleApp({ appid: `wx${index}` }));
      const numbers: number[] = [];
      let cursor: string | null = null;
      let pages = 0;
      do {
        const page = await apps.list({ limit: 4, ...(cursor !== null && { cursor }) });
        numbers.push(...page.items.map((app) => app.number));
        cursor = page.next;
        pages += 1;
      } while (cursor !== null);
      expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(pages).toBe(3);
    });

    test("update() and delete() of an outdated revision change nothing", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      const { appid } = sampleApp();
      await apps.create(sampleApp());
      const updates = await Promise.all(
        Array.from({ length: 10 }, (_, index) => apps.update(appid, { title: `${index}` }, 1)),
      );
      expect(updates.filter((updated) => updated === "changed")).toHaveLength(9);
      expect(await apps.delete(appid, 1)).toBe("changed");
      expect(await apps.get(appid)).toMatchObject({ revision: 2 });
      expect(await apps.update(appid, { title: "b" }, 2)).toMatchObject({
        revision: 3,
        title: "b",
      });
    });

    test("delete() removes the app and its credentials only, and its number is not reused", async () => {
      await using fresh = await freshStore(subject);
      const { apps, credentials } = fresh.store;
      const { appid } = sampleApp();
      await apps.create(sampleApp());
      const mine = [`app:${appid}:token`, `app:${appid}:ticket:jsapi`];
      const others = [`app:${appid}0:token`, "app:wx:token", `work:ww1:${appid}:token`];
      for (const key of [...mine, ...others]) await credentials.put(sampleCredential({ key }));
      expect(await apps.delete("wx0")).toBeNull();
      expect(await apps.delete(appid, 1)).toBe("deleted");
      expect(await apps.delete(appid)).toBeNull();
      expect(await apps.get(appid)).toBeNull();
      expect(await apps.first()).toBeNull();
      expect(await apps.list({ limit: 10 })).toEqual({ items: [], next: null });
      expect(await apps.count()).toBe(0);
      for (const key of mine) expect(await credentials.get(key)).toBeNull();
      for (const key of others) expect(await credentials.get(key)).not.toBeNull();
      expect(await apps.create(sampleApp())).toMatchObject({ number: 2, revision: 1 });
    });

    test("list() refuses a cursor of another list", async () => {
      await using fresh = await freshStore(subject);
      const { apps } = fresh.store;
      await apps.create(sampleApp());
      for (const cursor of ["", "x", "e30", "IiI", "x".repeat(5000)]) {
        const error = await Promise.try(() => apps.list({ limit: 1, cursor })).catch(
          (thrown) => thrown,
        );
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({ kind: "cursor" });
      }
    });
  });
}
