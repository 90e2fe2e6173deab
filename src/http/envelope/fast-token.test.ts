import { expect, spyOn, test } from "bun:test";
import { BlockList } from "node:net";
import {
  ADMIN_KEY,
  openScenario,
  type Scenario,
  succeeded,
  TESTER,
} from "../../../test/harness/scenario.ts";
import type { Caller } from "../../core/access/access.ts";
import { keyOfCredential } from "../../core/credentials/kinds.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { callerOf } from "../caller.ts";
import { fastToken } from "./fast-token.ts";
import { handleEnvelope } from "./handle.ts";
import type { Outcome } from "./outcome.ts";

const OTHER_APPID = "wx-other";
const MINUTE = 60_000;
const peer = { address: "127.0.0.1", client: "127.0.0.1", isProxied: false };

/** Puts a token of the demo app into the store, with so much of its life left. */
const putToken = ({ store, clock }: Scenario, left: number, lastUsedAt = clock.now()) =>
  store.credentials.put({
    key: keyOfCredential("app/access-token", DEMO_APP.appid),
    value: 'stored "token"',
    fetchedAt: clock.now() - 1000,
    expiresAt: clock.now() + left,
    lastUsedAt,
    forcedAt: null,
  });

interface Keys {
  good: string;
  otherApp: string;
  otherRight: string;
  expired: string;
  revoked: string;
}

async function makeKeys({ core, clock }: Scenario): Promise<Keys> {
  succeeded(await core.apps.register({ appid: OTHER_APPID, appSecret: "secret" }, TESTER));
  const make = async (of: Partial<Parameters<typeof core.serviceKeys.create>[0]>) =>
    succeeded(
      await core.serviceKeys.create(
        {
          ...{ title: "a key", apps: [DEMO_APP.appid], expiresAt: null },
          ...{ capabilities: ["token"], paths: null },
          ...of,
        },
        TESTER,
      ),
    );
  const expired = await make({ expiresAt: clock.now() + 1000 });
  const revoked = await make({});
  await core.serviceKeys.revoke(revoked.record.id, TESTER);
  const keys = {
    good: (await make({})).key,
    otherApp: (await make({ apps: [OTHER_APPID] })).key,
    otherRight: (await make({ capabilities: ["session.read"] })).key,
    expired: expired.key,
    revoked: revoked.key,
  };
  clock.advance({ seconds: 2 });
  return keys;
}

/** Answers a request in both ways, the fast one first. */
async function answers({ core }: Scenario, key: string | null, para: object, name: string) {
  const body = JSON.stringify({ interface: { interfaceName: name, para } });
  const headers = { Host: "localhost", ...(key !== null && { Authorization: `Bearer ${key}` }) };
  const request = new Request("http://localhost/", { method: "POST", headers });
  const caller = (): Caller => callerOf(request, peer, new BlockList());
  const textOf = (outcome: Outcome | null) =>
    outcome && { ...outcome, body: Buffer.from(outcome.body).toString() };
  const fast = textOf(fastToken(core, body, caller));
  const context = { core, trustedNetworks: new BlockList(), peerOf: () => peer };
  return { fast, plain: textOf(await handleEnvelope(context, body, request, "r1")) };
}

const NAME = "qcloud.mimi.access_token";
const APP = { appid: DEMO_APP.appid };

test.each<{ what: string; key: keyof Keys | "admin"; para?: object; left?: number }>([
  { what: "with the admin key", key: "admin" },
  { what: "with a service key", key: "good" },
  { what: "just before it is due", key: "good", left: 10 * MINUTE + 1 },
  { what: "with an empty force", key: "admin", para: { ...APP, force: "" } },
  { what: "with the appid in another case", key: "admin", para: { appId: DEMO_APP.appid } },
])("fastToken() answers a request $what as handleEnvelope() does", async (given) => {
  await using scenario = await openScenario();
  const keys = { ...(await makeKeys(scenario)), admin: ADMIN_KEY };
  await putToken(scenario, given.left ?? 60 * MINUTE);
  const { fast, plain } = await answers(scenario, keys[given.key], given.para ?? APP, NAME);
  expect(fast).not.toBeNull();
  expect(fast).toEqual(plain);
  expect(fast?.returnCode).toBe(0);
});

test.each<{
  what: string;
  key?: keyof Keys | "wrong" | "none";
  para?: object;
  left?: number | null;
  name?: string;
  code: number;
}>([
  { what: "with a key of another app", key: "otherApp", code: 60012 },
  { what: "with a key without the right", key: "otherRight", code: 60012 },
  { what: "with an expired key", key: "expired", code: 60012 },
  { what: "with a revoked key", key: "revoked", code: 60012 },
  { what: "with a wrong key", key: "wrong", code: 60012 },
  { what: "without a key", key: "none", code: 60012 },
  { what: "without an app", para: {}, code: 1003 },
  { what: "of an app that is not registered", para: { appid: "wx-x" }, code: 60012 },
  { what: "with force", para: { ...APP, force: true }, code: 0 },
  { what: "with a force that means nothing", para: { ...APP, force: "no" }, code: 0 },
  { what: "whose token is due", left: 10 * MINUTE, code: 0 },
  { what: "whose token has expired", left: -1, code: 0 },
  { what: "whose token is not there", left: null, code: 0 },
  { what: "of another interface", name: "qcloud.mimi.ticket", code: 60012 },
])("fastToken() leaves a request $what to handleEnvelope()", async (given) => {
  await using scenario = await openScenario();
  const keys = { ...(await makeKeys(scenario)), wrong: `${ADMIN_KEY}x`, none: null };
  if (given.left !== null) await putToken(scenario, given.left ?? 60 * MINUTE);
  using touched = spyOn(scenario.core.limits, "of");
  const body = { ...given, para: given.para ?? APP };
  const key = keys[given.key ?? "good"];
  const { fast, plain } = await answers(scenario, key, body.para, given.name ?? NAME);
  expect([fast, touched.mock.calls.length > 1, plain?.returnCode]).toEqual([
    null,
    false,
    given.code,
  ]);
});

test("fastToken() keeps the times of use of the token and of its key", async () => {
  await using scenario = await openScenario();
  const { good } = await makeKeys(scenario);
  const { store, clock } = scenario;
  await putToken(scenario, 60 * MINUTE, clock.now() - 61 * MINUTE);
  expect((await answers(scenario, good, APP, NAME)).fast).not.toBeNull();
  const stored = () => store.credentials.get(keyOfCredential("app/access-token", DEMO_APP.appid));
  await store.credentials.touch("of no use", 0);
  expect((await stored())?.lastUsedAt).toBe(clock.now());
  const { items } = await store.serviceKeys.list({ limit: 10 });
  expect(items.filter(({ lastUsedAt }) => lastUsedAt === clock.now())).toHaveLength(1);
});
