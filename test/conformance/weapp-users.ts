import { describe, expect, test } from "bun:test";
import { FAR, sampleWeappUser } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function weappUserConformance(subject: Subject): void {
  describe(`${subject.name} weapp users`, () => {
    test("remember() stores every member, under the code and the app", async () => {
      await using fresh = await freshStore(subject);
      const { weappUsers } = fresh.store;
      await weappUsers.remember(sampleWeappUser());
      const { appid, code } = sampleWeappUser();
      expect(await weappUsers.get(appid, code)).toEqual(sampleWeappUser());
      expect(await weappUsers.get("wx2", code)).toBeNull();
      expect(await weappUsers.get(appid, `${code}x`)).toBeNull();
    });

    test("remember() removes the user's older code, and nobody else's", async () => {
      await using fresh = await freshStore(subject);
      const { weappUsers } = fresh.store;
      const { appid } = sampleWeappUser();
      await weappUsers.remember(sampleWeappUser());
      await weappUsers.remember(sampleWeappUser({ code: "bob-1", openid: "bob" }));
      await weappUsers.remember(sampleWeappUser({ appid: "wx2", code: "elsewhere" }));
      await weappUsers.remember(sampleWeappUser({ code: "alice-2" }));
      expect(await weappUsers.get(appid, sampleWeappUser().code)).toBeNull();
      expect(await weappUsers.get(appid, "alice-2")).not.toBeNull();
      expect(await weappUsers.get(appid, "bob-1")).not.toBeNull();
      expect(await weappUsers.get("wx2", "elsewhere")).not.toBeNull();
      await weappUsers.remember(sampleWeappUser({ code: "alice-2", expiresAt: 5 }));
      expect(await weappUsers.get(appid, "alice-2")).toMatchObject({ expiresAt: 5 });
    });

    test("sweep() removes due users, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { weappUsers } = fresh.store;
      const { appid } = sampleWeappUser();
      for (const [index, openid] of ["a", "b", "c", "d"].entries())
        await weappUsers.remember(
          sampleWeappUser({ openid, code: openid, expiresAt: FAR + 1000 * index }),
        );
      expect(await weappUsers.sweep(FAR - 1, 9)).toBe(0);
      expect(await weappUsers.sweep(FAR + 2000, 2)).toBe(2);
      expect(await weappUsers.sweep(FAR + 2000, 2)).toBe(1);
      expect(await weappUsers.get(appid, "c")).toBeNull();
      expect(await weappUsers.get(appid, "d")).not.toBeNull();
    });
  });
}
