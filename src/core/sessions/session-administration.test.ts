import { expect, test } from "bun:test";
import { sampleStored } from "../../../test/conformance/samples.ts";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";

const { appid } = DEMO_APP;

test("list() and find() count as no visit, and tell the state of each session", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox } = scenario;
  const user = sandbox.world.user(appid, "alice");
  const code = sandbox.world.giveCode(user);
  const { session } = succeeded(await core.logins.login({ appid, code, userData: null }));
  const look = async () => {
    const [listed] = succeeded(
      await core.sessionAdministration.list(appid, user.openid, { limit: 9 }),
    ).items;
    expect(succeeded(await core.sessionAdministration.find(appid, session.id))).toEqual(
      listed as never,
    );
    return listed;
  };
  clock.advance({ days: 1 });
  const lapsesAt = session.loginAt + 30 * 86_400_000;
  expect(await look()).toMatchObject({
    state: "active",
    lapsesAt,
    session: { lastVisitAt: session.loginAt },
  });
  clock.advance({ days: 29 });
  expect(await look()).toMatchObject({ state: "loginExpired", lapsesAt });
});

test("revokeByApp() ends sessions in batches, for at most five seconds", async () => {
  let clockOf: { advance(by: { seconds: number }): void } | null = null;
  await using scenario = await openScenario({
    wrap: (store) => ({
      ...store,
      sessions: new Proxy(store.sessions, {
        get(table, operation) {
          const run = Reflect.get(table, operation).bind(table);
          if (operation !== "revokeByApp") return run;
          return (...given: unknown[]) => {
            clockOf?.advance({ seconds: 3 });
            return run(...given);
          };
        },
      }),
    }),
  });
  clockOf = scenario.clock;
  await scenario.tables.sessions.put(
    Array.from({ length: 1700 }, (_, number) => ({
      ...sampleStored(number),
      ...{ id: `s${number}`, appid, openid: `u${number}` },
    })),
  );
  const revoke = () => scenario.core.sessionAdministration.revokeByApp(appid, TESTER);
  expect(succeeded(await revoke())).toEqual({ revoked: 1000, isComplete: false });
  expect(succeeded(await revoke())).toEqual({ revoked: 700, isComplete: true });
  expect(await scenario.tables.sessions.count(appid)).toBe(0);
  expect(await scenario.core.sessionAdministration.revokeByApp("nobody", TESTER)).toMatchObject({
    code: "appNotFound",
  });
});
