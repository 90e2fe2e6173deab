import { expect, spyOn, test } from "bun:test";
import { BlockList } from "node:net";
import fc from "fast-check";
import { type Calls, countingStore } from "../../../test/harness/counting-store.ts";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import type { StoredSession } from "../../core/sessions/session.ts";
import type { JsonObject } from "../../core/sessions/user-info.ts";
import type { Visits } from "../../core/sessions/visits.ts";
import { sha256 } from "../../crypto/digest.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { fastAuth } from "./fast-auth.ts";
import { handleEnvelope } from "./handle.ts";
import type { Outcome } from "./outcome.ts";

const OTHER_APPID = "wx-other";
const SESSIONS = [
  { openid: "o-plain", unionid: null, profile: {} },
  {
    openid: "o-rare",
    unionid: "u-rare",
    profile: { nickName: "爱丽丝 😀 \ud83d", language: 'a "quote"\u0000' },
  },
  {
    openid: "o-odd",
    unionid: null,
    profile: JSON.parse('{"__proto__":{"a":1},"2":[1.5,-0,1e300],"1":null}') as JsonObject,
  },
  // Kept in the older layout, which the fast path leaves to its twin.
  { openid: 'o-"quoted"', unionid: "u-quoted", profile: { nickName: "x" } },
];

const sample = fc.record({
  session: fc.nat(SESSIONS.length - 1),
  loginAgeSeconds: fc.constantFrom(0, 0, 0, 1, 60, 86_400, 2 * 86_400 - 1, 2 * 86_400, 3 * 86_400),
  visitAgeSeconds: fc.constantFrom(0, 0, 0, 1, 30, 59, 60, 60, 1800, 1801, 3599, 3600),
  /** How long the clock goes on before the call: an app is known for a minute. */
  pauseSeconds: fc.constantFrom(0, 0, 0, 0, 0, 1, 61),
  para: fc.constantFrom<JsonObject>(
    ...Array.from({ length: 18 }, () => ({})),
    { id: "nobody" },
    { id: "\u0000 strange" },
    { id: 7 },
    { skey: "wrong" },
    { skey: "" },
    { encrypt_data: "AAAA", iv: "AAAA" },
  ),
  appid: fc.constantFrom(
    ...[undefined, "", DEMO_APP.appid, undefined, "", DEMO_APP.appid],
    ...[OTHER_APPID, "wx-unknown"],
  ),
  interfaceName: fc.constantFrom(
    ...Array.from({ length: 5 }, () => "qcloud.cam.auth"),
    "qcloud.cam.userinfo",
  ),
});

const skeyOf = (index: number): string => `the skey of ${index}`;

/** Puts a session with these ages into the store, in place of the one with its id. */
async function putSession(
  { store, clock }: Scenario,
  index: number,
  ages: { loginAgeSeconds: number; visitAgeSeconds: number },
): Promise<string> {
  const { openid, unionid, profile } = SESSIONS[index] as (typeof SESSIONS)[number];
  const now = clock.now();
  const session: StoredSession = {
    id: `session-${index}`,
    appid: DEMO_APP.appid,
    openid,
    unionid,
    skeyHash: sha256(skeyOf(index)),
    skey: null,
    sessionKey: "MDEyMzQ1Njc4OWFiY2RlZg==",
    userInfo: Object.fromEntries([["openId", openid], ...Object.entries(profile)]) as never,
    loginAt: now - ages.loginAgeSeconds * 1000,
    lastVisitAt: now - ages.visitAgeSeconds * 1000,
    expiresAt: now + 86_400_000,
  };
  await store.sessions.revoke(session);
  await store.sessions.put([session]);
  return session.id;
}

test("fastAuth() answers as handleEnvelope() does, exactly when nothing has to be waited for", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const { core, store, clock } = scenario;
  succeeded(await core.apps.register({ appid: OTHER_APPID, appSecret: "secret" }, TESTER));
  await store.apps.update(DEMO_APP.appid, { loginDurationDays: 2, sessionDurationSeconds: 3600 });
  const note = spyOn(core.activity, "note");
  const visits = spyOn(core.visits as Visits, "note");
  const context = {
    core,
    trustedNetworks: new BlockList(),
    peerOf: () => ({ address: "127.0.0.1", client: "127.0.0.1", isProxied: false }),
  };
  /** Returns the outcome of a way with everything that it did beside. */
  const watch = async (way: () => Promise<Outcome> | Outcome | null) => {
    calls.clear();
    note.mockClear();
    visits.mockClear();
    const outcome = await way();
    const text = outcome === null ? null : Buffer.from(outcome.body).toString();
    return {
      outcome: outcome && { ...outcome, body: text },
      calls: new Map(calls),
      notes: [...note.mock.calls],
      visits: visits.mock.calls.map(([{ id, appid, skeyHash, loginAt }, app, now]) => {
        const skey = Buffer.from(skeyHash).toString("hex");
        return { id, appid, skey, loginAt, of: app.appid, now };
      }),
    };
  };
  let fastAnswers = 0;
  let fastVisits = 0;

  await fc.assert(
    fc.asyncProperty(
      sample,
      async ({ session, pauseSeconds, para, appid, interfaceName, ...ages }) => {
        clock.advance({ seconds: pauseSeconds });
        const id = await putSession(scenario, session, ages);
        const given = { id, skey: skeyOf(session), ...(appid !== undefined && { appid }), ...para };
        const body = JSON.stringify({ interface: { interfaceName, para: given } });

        const fast = await watch(() => fastAuth(core, body));
        const plain = await watch(() =>
          handleEnvelope(context, body, new Request("http://waferd/"), "r1"),
        );

        const wrote = [...plain.calls.keys()].filter((call) => call !== "sessions.get");
        const isAtHand =
          interfaceName === "qcloud.cam.auth" &&
          plain.outcome?.returnCode === 0 &&
          wrote.length === 0 &&
          session !== SESSIONS.length - 1;
        if (isAtHand) {
          expect(fast.outcome).toEqual(plain.outcome);
          expect(fast.notes).toEqual(plain.notes);
          expect(fast.visits).toEqual(plain.visits);
          fastAnswers += 1;
          fastVisits += fast.visits.length;
        } else {
          expect(fast.outcome).toBeNull();
          expect([fast.notes, fast.visits]).toEqual([[], []]);
        }
        expect([...fast.calls.keys()].filter((call) => call !== "sessions.getNow")).toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
  expect(fastAnswers).toBeGreaterThan(20);
  expect(fastVisits).toBeGreaterThan(2);
}, 60_000);
