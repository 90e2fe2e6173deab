import { expect, test } from "bun:test";
import { TestClock } from "../../../test/harness/clock.ts";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { App } from "../apps/app.ts";
import { Failure } from "../errors.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { CodeExchanges } from "./code-exchanges.ts";

const UPSTREAM = "/sns/jscode2session";

/** A scenario whose store refuses logins while `state.refuses`. */
async function open() {
  const state = { refuses: false };
  const refusing = <Table extends object>(table: Table, operation: keyof Table): Table =>
    new Proxy(table, {
      get(target, name) {
        const member = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        if (name !== operation) return member.bind(target);
        return (...given: unknown[]) =>
          state.refuses
            ? Promise.reject(new StoreError("refused", "no space"))
            : member.apply(target, given);
      },
    });
  const wrap = (store: Store): Store => ({
    ...store,
    sessions: refusing(store.sessions, "issue"),
    weappUsers: refusing(store.weappUsers, "remember"),
  });
  const scenario = await openScenario({ wrap });
  const { world } = scenario.sandbox;
  const user = world.user(DEMO_APP.appid, "alice");
  const code = () => world.giveCode(user);
  const asked = () => scenario.sandbox.calls(UPSTREAM);
  const login = (given: string) =>
    scenario.core.logins.login({ appid: null, code: given, userData: null });
  const weappLogin = (given: string) => {
    const { rawData, signature } = getUserInfo(world, user);
    return scenario.core.weapp.login(null, given, { rawData: Buffer.from(rawData), signature });
  };
  return Object.assign(scenario, { state, user, code, asked, login, weappLogin });
}

test("a code whose login the store refused logs in once, without another call to WeChat", async () => {
  await using scenario = await open();
  const { state, login, asked } = scenario;
  const code = scenario.code();
  state.refuses = true;
  expect(await login(code)).toMatchObject({ code: "sessionNotSaved" });
  expect(await login(code)).toMatchObject({ code: "sessionNotSaved" });
  state.refuses = false;
  const { session, skey } = succeeded(await login(code));
  expect(session.openid).toBe(scenario.user.openid);
  succeeded(await scenario.core.sessions.verify({ id: session.id, skey, appid: null }));
  expect(asked()).toBe(1);
  expect(await login(code)).toMatchObject({ code: "codeRefused" });
});

test("concurrent logins with a code whose login was refused get one session", async () => {
  await using scenario = await open();
  const code = scenario.code();
  scenario.state.refuses = true;
  await scenario.login(code);
  scenario.state.refuses = false;
  const logins = await Promise.all([1, 2, 3].map(() => scenario.login(code)));
  expect(new Set(logins.map((login) => succeeded(login).skey)).size).toBe(1);
  expect(scenario.asked()).toBe(1);
});

test("a code that one protocol could not save works in the other, once", async () => {
  await using scenario = await open();
  const { state, login, weappLogin } = scenario;
  const code = scenario.code();
  state.refuses = true;
  expect(await weappLogin(code)).toMatchObject({ code: "sessionNotSaved" });
  expect(await login(code)).toMatchObject({ code: "sessionNotSaved" });
  state.refuses = false;
  expect(succeeded(await weappLogin(code)).openid).toBe(scenario.user.openid);
  expect(await login(code)).toMatchObject({ code: "codeRefused" });
  expect(scenario.asked()).toBe(2);
});

test("a code whose user data was wrong is used up", async () => {
  await using scenario = await open();
  const code = scenario.code();
  const userData = { encryptedData: "AAAAAAAAAAAAAAAAAAAAAA==", iv: "AAAAAAAAAAAAAAAAAAAAAA==" };
  expect(await scenario.core.logins.login({ appid: null, code, userData })).toMatchObject({
    code: "decryptionFailed",
  });
  expect(await scenario.login(code)).toMatchObject({ code: "codeRefused" });
});

const APP = { appid: "wx1", appSecret: "s" } as App;

/** Exchanges over a WeChat that accepts each code once. */
function openExchanges() {
  const used = new Set<string>();
  const clock = new TestClock();
  const exchanges = new CodeExchanges({
    clock,
    wechat: {
      async exchangeCode(_appid, _secret, code) {
        if (used.has(code)) return new Failure("codeRefused");
        used.add(code);
        return { openid: `openid of ${code}`, sessionKey: "k", unionid: null };
      },
    },
  });
  const keep = async (code: string) =>
    exchanges.keep(APP, code, succeeded(await exchanges.exchange(APP, code)));
  const isKept = async (code: string) =>
    !((await exchanges.exchange(APP, code)) instanceof Failure);
  return { clock, exchanges, keep, isKept };
}

test.each([
  { after: { seconds: 299 }, kept: true },
  { after: { seconds: 300 }, kept: false },
  // The clock was set back.
  { after: { seconds: -1 }, kept: false },
])("exchange() $after later returns a kept exchange: $kept", async ({ after, kept }) => {
  const { clock, keep, isKept } = openExchanges();
  await keep("a");
  clock.advance(after);
  expect(await isKept("a")).toBe(kept);
});

test("keep() does not prolong the life of a code", async () => {
  const { clock, keep, isKept } = openExchanges();
  await keep("a");
  clock.advance({ seconds: 200 });
  await keep("a");
  clock.advance({ seconds: 200 });
  expect(await isKept("a")).toBe(false);
});

test("keep() keeps the newest thousand", async () => {
  const { keep, isKept } = openExchanges();
  for (let number = 0; number <= 1000; number += 1) await keep(`code-${number}`);
  expect(await isKept("code-0")).toBe(false);
  expect(await isKept("code-1")).toBe(true);
  expect(await isKept("code-1000")).toBe(true);
});
