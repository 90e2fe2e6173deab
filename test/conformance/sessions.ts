import { describe, expect, test } from "bun:test";
import type { Session } from "../../src/core/sessions/session.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { FAR, sampleIssue, sampleRef, sampleStored } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

const APPID = sampleIssue(1).appid;
const OPENID = sampleIssue(1).openid;
/** With drivers that give Buffers and others that give plain arrays. */
function comparable(session: Session | null) {
  if (session === null) return null;
  const { id, appid, openid, unionid, skeyHash, userInfo, loginAt, lastVisitAt } = session;
  const hash = Buffer.from(skeyHash).toString("hex");
  return { id, appid, openid, unionid, skeyHash: hash, userInfo, loginAt, lastVisitAt };
}

export function sessionConformance(subject: Subject): void {
  describe(`${subject.name} sessions`, () => {
    test("get() and getWithSessionKey() of an unknown id return null", async () => {
      await using fresh = await freshStore(subject);
      expect(await fresh.store.sessions.get("nobody")).toBeNull();
      expect(await fresh.store.sessions.getWithSessionKey("nobody")).toBeNull();
    });

    test("issue() makes a session that get() gives back, the session_key only when asked for", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const { session, isNew } = await sessions.issue(
        sampleIssue(1, { unionid: "u1", profile: { nickName: "爱丽丝 😀" } }),
      );
      const expected = {
        id: "session-1",
        appid: APPID,
        openid: OPENID,
        unionid: "u1",
        skeyHash: sha256("skey-1").toString("hex"),
        userInfo: { openId: OPENID, unionId: "u1", nickName: "爱丽丝 😀" },
        loginAt: sampleIssue(1).loginAt,
        lastVisitAt: sampleIssue(1).loginAt,
      };
      expect(isNew).toBe(true);
      expect(comparable(session)).toEqual(expected);
      expect(comparable(await sessions.get("session-1"))).toEqual(expected);
      expect(await sessions.getWithSessionKey("session-1")).toMatchObject({
        sessionKey: "session-key-1",
      });
      expect(JSON.stringify(await sessions.get("session-1"))).not.toContain("session-key-1");
    });

    test("issue() returns its times unchanged; get() may round them down to the second", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const loginAt = sampleIssue(1).loginAt + 789;
      const { session } = await sessions.issue(sampleIssue(1, { loginAt }));
      expect(session).toMatchObject({ loginAt, lastVisitAt: loginAt });
      const stored = await sessions.get("session-1");
      expect(Math.floor((stored?.loginAt ?? 0) / 1000)).toBe(Math.floor(loginAt / 1000));
    });

    test("get() of two sessions returns separate bytes", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(sampleIssue(1));
      await sessions.issue(sampleIssue(2, { openid: "bob" }));
      const first = await sessions.get("session-1");
      await sessions.get("session-2");
      expect(comparable(first)?.skeyHash).toBe(sha256("skey-1").toString("hex"));
    });

    test("issue() preserves profiles: lone surrogates, NUL, __proto__, deep and odd values", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const profile = JSON.parse(
        '{"lone":"\\ud800","nul":"a\\u0000b","__proto__":{"isAdmin":true},"constructor":1,"deep":[[[{"a":null}]]],"big":1e300}',
      );
      await sessions.issue(sampleIssue(1, { profile }));
      const userInfo = (await sessions.get("session-1"))?.userInfo;
      expect(JSON.stringify(userInfo)).toBe(JSON.stringify({ openId: OPENID, ...profile }));
      expect(Object.getPrototypeOf(userInfo)).toBe(Object.prototype);
    });

    test("issue() for one session per user keeps the id, replaces skey and key, and merges profiles", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(
        sampleIssue(1, { unionid: "u1", profile: { nickName: "a", city: "b" } }),
      );
      const { session, isNew } = await sessions.issue(
        sampleIssue(2, { profile: { nickName: "c", openId: "x", unionId: "y" } }),
      );
      expect(isNew).toBe(false);
      expect(comparable(session)).toMatchObject({
        id: "session-1",
        skeyHash: sha256("skey-2").toString("hex"),
        unionid: "u1",
      });
      expect(session.userInfo).toEqual({ openId: OPENID, unionId: "u1", nickName: "c", city: "b" });
      expect(await sessions.getWithSessionKey("session-1")).toMatchObject({
        sessionKey: "session-key-2",
      });
      expect(await sessions.get("session-2")).toBeNull();
      expect(await sessions.count(APPID)).toBe(1);
    });

    test("issue() for several sessions per user adds one, and removes the oldest visit beyond the number", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (const number of [1, 2, 3])
        await sessions.issue(sampleIssue(number, { sessionsPerUser: 3 }));
      const [lastVisitAt, ifVisitedBefore] = [sampleIssue(9).loginAt, sampleIssue(1).loginAt];
      await sessions.touch([{ ...sampleRef(1), lastVisitAt, ifVisitedBefore, expiresAt: FAR }]);
      await sessions.issue(sampleIssue(4, { sessionsPerUser: 3, profile: { nickName: "d" } }));
      const ids = (await sessions.list(APPID, OPENID, { limit: 10 })).items.map(
        (session) => session.id,
      );
      expect(ids.sort()).toEqual(["session-1", "session-3", "session-4"]);
      expect(await sessions.get("session-2")).toBeNull();
      expect(await sessions.count(APPID)).toBe(3);
    });

    test("issue() for one openid at two apps creates two sessions", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(sampleIssue(1));
      expect((await sessions.issue(sampleIssue(2, { appid: "wx2" }))).isNew).toBe(true);
      expect(await sessions.get("session-1")).toMatchObject({ appid: APPID });
      expect(await sessions.get("session-2")).toMatchObject({ appid: "wx2" });
      expect([await sessions.count(APPID), await sessions.count("wx2")]).toEqual([1, 1]);
    });

    test("issue() of many concurrent logins of one user leaves the session of one of them", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const issued = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sessions.issue(sampleIssue(index))),
      );
      expect(issued.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(issued.map(({ session }) => session.id)).size).toBe(1);
      expect(await sessions.count(APPID)).toBe(1);
    });

    test("issue() of one user at two nodes at once leaves one session with all profiles merged", async () => {
      await using fresh = await freshStore(subject);
      const other = await fresh.place.open();
      const nodes = [fresh.store, other];
      await Promise.all(
        Array.from({ length: 20 }, (_, number) =>
          nodes[number % 2]?.sessions.issue(
            sampleIssue(number, { profile: { [`member${number}`]: number } }),
          ),
        ),
      );
      expect(await other.sessions.count(APPID)).toBe(1);
      const { items } = await fresh.store.sessions.list(APPID, OPENID, { limit: 9 });
      expect(Object.keys(items[0]?.userInfo ?? {})).toHaveLength(21);
      await other.close();
    });

    test("touch() writes once for many concurrent calls, and only with the right skey", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const { loginAt } = (await sessions.issue(sampleIssue(1))).session;
      const visit = {
        lastVisitAt: loginAt + 60_000,
        ifVisitedBefore: loginAt,
        expiresAt: FAR + 60_000,
      };
      const { skeyHash } = sampleRef(2);
      expect(await sessions.touch([])).toBe(0);
      expect(await sessions.touch([{ ...sampleRef(1), ...visit, skeyHash }])).toBe(0);
      expect(await sessions.touch([{ ...sampleRef(1), ...visit, id: "nobody" }])).toBe(0);
      const written = await Promise.all(
        Array.from({ length: 50 }, () => sessions.touch([{ ...sampleRef(1), ...visit }])),
      );
      expect(written.reduce((sum, count) => sum + count, 0)).toBe(1);
      expect(await sessions.get("session-1")).toMatchObject({ lastVisitAt: visit.lastVisitAt });
      expect((await sessions.sweep(FAR, 100)).removed).toBe(0);
      expect(await sessions.sweep(visit.expiresAt, 100)).toEqual({ removed: 1, moved: 0 });
    });

    test("touch() of many visits writes each session's own, and leaves out those that do not fit", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const before = new Map<number, { lastVisitAt: number; expiresAt: number }>();
      for (let number = 1; number <= 250; number += 1) {
        await sessions.issue(sampleIssue(number, { openid: `user-${number}` }));
        before.set(number, {
          lastVisitAt: sampleIssue(number).loginAt + 60_000 + number * 1000,
          expiresAt: FAR + 60_000 + number * 1000,
        });
      }
      const visits = [...before].map(([number, times]) => ({
        ...sampleRef(number),
        ...times,
        ifVisitedBefore: sampleIssue(number).loginAt - (number === 9 ? 1000 : 0),
        ...(number === 7 && { skeyHash: sampleRef(8).skeyHash }),
      }));
      expect(await sessions.touch(visits)).toBe(248);
      for (const [number, { lastVisitAt }] of before)
        if (![7, 9].includes(number))
          expect(await sessions.get(`session-${number}`)).toMatchObject({
            lastVisitAt,
            openid: `user-${number}`,
          });
      for (const number of [7, 9])
        expect(await sessions.get(`session-${number}`)).toMatchObject({
          lastVisitAt: sampleIssue(number).loginAt,
        });
      // Each has the expiry of its own visit.
      while ((await sessions.sweep(FAR + 60_000 + 100_000, 100)).moved > 0);
      expect(await sessions.count(APPID)).toBe(150);
      expect(await sessions.get("session-100")).toBeNull();
      expect(await sessions.get("session-101")).not.toBeNull();
    });

    test("replaceProfile() replaces the profile but not the ids, and only with the right skey", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(
        sampleIssue(1, { unionid: "u1", profile: { nickName: "a", city: "b" } }),
      );
      const { skeyHash } = sampleRef(2);
      expect(await sessions.replaceProfile(sampleRef(1, { skeyHash }), {})).toBeNull();
      expect(await sessions.replaceProfile(sampleRef(1, { id: "nobody" }), {})).toBeNull();
      const profile = { openId: "x", nickName: "c", watermark: { appid: "w" } };
      const replaced = await sessions.replaceProfile(sampleRef(1), profile);
      expect(replaced?.userInfo).toEqual({ openId: OPENID, unionId: "u1", nickName: "c" });
      expect((await sessions.get("session-1"))?.userInfo).toEqual(replaced?.userInfo as never);
    });

    test("replaceSessionKey() changes the session_key only, and only with the right skey", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(sampleIssue(1));
      const before = await sessions.get("session-1");
      const { skeyHash } = sampleRef(2);
      expect(await sessions.replaceSessionKey(sampleRef(1, { skeyHash }), "x")).toBe(false);
      expect(await sessions.replaceSessionKey(sampleRef(1, { id: "nobody" }), "x")).toBe(false);
      expect(await sessions.replaceSessionKey(sampleRef(1), "new-session-key")).toBe(true);
      expect(await sessions.getWithSessionKey("session-1")).toMatchObject({
        sessionKey: "new-session-key",
      });
      expect(await sessions.get("session-1")).toEqual(before);
    });

    test("list() of a user returns the sessions of that user only, by pages", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (const number of [1, 2, 3])
        await sessions.issue(sampleIssue(number, { sessionsPerUser: 9 }));
      await sessions.issue(sampleIssue(4, { openid: `${OPENID}2` }));
      await sessions.issue(sampleIssue(5, { openid: OPENID.slice(0, -1) }));
      const first = await sessions.list(APPID, OPENID, { limit: 2 });
      expect(first.next).not.toBeNull();
      const second = await sessions.list(APPID, OPENID, { limit: 2, cursor: first.next ?? "" });
      expect(second.next).toBeNull();
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      expect(ids.sort()).toEqual(["session-1", "session-2", "session-3"]);
    });

    test("list() of an app pages by user, and refuses the cursor of another app", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (const [number, openid] of ["b", "a", "c"].entries())
        await sessions.issue(sampleIssue(number, { openid }));
      for (const appid of ["wx0", `${APPID}0`, "wx2"])
        await sessions.issue(sampleIssue(9, { id: `session-of-${appid}`, appid }));
      const first = await sessions.list(APPID, null, { limit: 2 });
      const second = await sessions.list(APPID, null, { limit: 2, cursor: first.next ?? "" });
      expect([...first.items, ...second.items].map(({ openid }) => openid)).toEqual([
        "a",
        "b",
        "c",
      ]);
      expect(second.next).toBeNull();
      for (const { appid, openid } of [
        { appid: "wx0", openid: null },
        { appid: "wx2", openid: null },
        { appid: APPID, openid: "a" },
      ] as const) {
        const error = await Promise.try(() =>
          sessions.list(appid, openid, { limit: 2, cursor: first.next ?? "" }),
        ).catch((thrown) => thrown);
        expect(error).toMatchObject({ kind: "cursor" });
      }
    });

    test("revokeByApp() removes an app's sessions and nobody else's, in batches", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (let number = 0; number < 5; number += 1)
        await sessions.issue(sampleIssue(number, { openid: `user-${number}` }));
      for (const appid of ["wx0", `${APPID}0`])
        await sessions.issue(sampleIssue(9, { id: `session-of-${appid}`, appid }));
      expect(await sessions.revokeByApp(APPID, 3)).toBe(3);
      expect(await sessions.revokeByApp(APPID, 3)).toBe(2);
      expect(await sessions.revokeByApp(APPID, 3)).toBe(0);
      expect([await sessions.count(APPID), await sessions.count("wx0")]).toEqual([0, 1]);
      expect(await sessions.get("session-0")).toBeNull();
      expect(await sessions.get(`session-of-${APPID}0`)).not.toBeNull();
      expect(await sessions.sweep(FAR, 100)).toEqual({ removed: 2, moved: 0 });
    });

    test("revoke() and revokeByUser() remove sessions, and return what existed", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (const number of [1, 2, 3])
        await sessions.issue(sampleIssue(number, { sessionsPerUser: 9 }));
      await sessions.issue(sampleIssue(4, { openid: "bob" }));
      expect(await sessions.revoke(sampleRef(1))).toBe(true);
      expect(await sessions.revoke(sampleRef(1))).toBe(false);
      expect(await sessions.revokeByUser(APPID, OPENID)).toBe(2);
      expect(await sessions.revokeByUser(APPID, OPENID)).toBe(0);
      expect(await sessions.get("session-2")).toBeNull();
      expect(await sessions.get("session-4")).not.toBeNull();
      expect(await sessions.count(APPID)).toBe(1);
      expect((await sessions.issue(sampleIssue(5))).isNew).toBe(true);
    });

    test("sweep() removes expired sessions in batches, and keeps those visited since", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      for (let number = 0; number < 10; number += 1)
        await sessions.issue(
          sampleIssue(number, { openid: `user-${number}`, expiresAt: FAR + number * 1000 }),
        );
      const { loginAt } = sampleIssue(0);
      const visit = { lastVisitAt: loginAt + 1000, ifVisitedBefore: loginAt };
      await sessions.touch([{ ...sampleRef(0), ...visit, expiresAt: FAR + 90_000 }]);
      expect(await sessions.sweep(FAR - 1000, 100)).toEqual({ removed: 0, moved: 0 });
      // A driver that moves a session's index entry with the visit does not meet it.
      const sweeps = [];
      for (let batch = 0; batch < 3; batch += 1) sweeps.push(await sessions.sweep(FAR + 4000, 3));
      expect(sweeps.every(({ removed, moved }) => removed + moved <= 3)).toBe(true);
      expect(sweeps.reduce((sum, { removed }) => sum + removed, 0)).toBe(4);
      expect(sweeps.at(-1)).toEqual({ removed: 0, moved: 0 });
      expect(await sessions.count(APPID)).toBe(6);
      expect(await sessions.get("session-0")).not.toBeNull();
      expect(await sessions.get("session-4")).toBeNull();
      expect(await sessions.get("session-5")).not.toBeNull();
      expect(await sessions.sweep(FAR + 90_000, 100)).toEqual({ removed: 6, moved: 0 });
      expect(await sessions.count(APPID)).toBe(0);
    });

    test("put() adds sessions, replaces older ones, and keeps those of another user", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      const first = sampleStored(1, {
        unionid: "u1",
        userInfo: { openId: OPENID, unionId: "u1", city: "上海" },
      });
      expect(await sessions.put([first, sampleStored(2, { openid: "bob" })])).toEqual([
        "added",
        "added",
      ]);
      const elsewhere = { ...first, appid: "wx2", lastVisitAt: first.lastVisitAt + 1000 };
      expect(await sessions.put([first, sampleStored(2), elsewhere])).toEqual([
        "unchanged",
        "taken",
        "taken",
      ]);
      expect(await sessions.getWithSessionKey("session-1")).toMatchObject({
        unionid: "u1",
        userInfo: first.userInfo,
        sessionKey: "session-key-1",
        lastVisitAt: first.lastVisitAt,
      });
      const visited = { ...first, lastVisitAt: first.lastVisitAt + 1000, expiresAt: FAR + 5000 };
      expect(await sessions.put([visited])).toEqual(["replaced"]);
      const relogged = {
        ...visited,
        loginAt: first.loginAt + 2000,
        lastVisitAt: first.loginAt + 2000,
      };
      expect(await sessions.put([relogged, visited])).toEqual(["replaced", "unchanged"]);
      expect(await sessions.count(APPID)).toBe(2);
      expect(await sessions.sweep(FAR, 100)).toMatchObject({ removed: 1 });
      expect((await sessions.issue(sampleIssue(3))).session.id).toBe("session-1");
    });

    test("put() stores several sessions of one user, also one without its skey", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.put([sampleStored(1), sampleStored(2, { skey: null })]);
      expect(await sessions.count(APPID)).toBe(2);
      for (const number of [1, 2])
        expect(comparable(await sessions.get(`session-${number}`))).toMatchObject({
          skeyHash: Buffer.from(sampleRef(number).skeyHash).toString("hex"),
        });
      expect((await sessions.issue(sampleIssue(3))).session.id).toBe("session-2");
      expect(await sessions.count(APPID)).toBe(1);
    });

    test("dump() pages through everything of an app's sessions; put() elsewhere restores it", async () => {
      await using fresh = await freshStore(subject);
      await using elsewhere = await freshStore(subject);
      for (const number of [1, 2, 3])
        await fresh.store.sessions.issue(
          sampleIssue(number, { openid: `user-${number}`, profile: { nickName: "爱丽丝 😀" } }),
        );
      await fresh.store.sessions.issue(sampleIssue(4, { appid: "wx2" }));
      const first = await fresh.store.sessions.dump(APPID, { limit: 2 });
      const second = await fresh.store.sessions.dump(APPID, { limit: 2, cursor: first.next ?? "" });
      expect(second.next).toBeNull();
      const copies = [...first.items, ...second.items];
      expect(copies.map(({ id, sessionKey, expiresAt }) => [id, sessionKey, expiresAt])).toEqual(
        [1, 2, 3].map((number) => [`session-${number}`, `session-key-${number}`, FAR]),
      );
      expect(await elsewhere.store.sessions.put(copies)).toEqual(["added", "added", "added"]);
      for (const { id } of copies)
        expect(comparable(await elsewhere.store.sessions.get(id))).toEqual(
          comparable(await fresh.store.sessions.get(id)) as never,
        );
    });

    test("sweep() keeps a session that a later login replaced", async () => {
      await using fresh = await freshStore(subject);
      const { sessions } = fresh.store;
      await sessions.issue(sampleIssue(1, { expiresAt: FAR }));
      await sessions.issue(sampleIssue(2, { expiresAt: FAR + 9000 }));
      expect(await sessions.sweep(FAR + 5000, 100)).toEqual(
        expect.objectContaining({ removed: 0 }),
      );
      expect(await sessions.get("session-1")).not.toBeNull();
    });
  });
}
