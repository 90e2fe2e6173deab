import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
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
