import { expect, test } from "bun:test";
import { openScenario, type Scenario } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { Failure } from "../errors.ts";
import type { Client } from "../limits/client.ts";

const EXCHANGE = "/sns/jscode2session";
const client = (address: string): Client => ({ address, isKnown: false });
const ATTACKER = client("203.0.113.7");

const codeOf = ({ sandbox }: Scenario, name: string) =>
  sandbox.world.giveCode(sandbox.world.user(DEMO_APP.appid, name));

/** Logs in at the demo app; returns the failure's code, or `ok`. */
async function login({ core }: Scenario, code: string, from: Client): Promise<string> {
  const made = await core.logins.login({ appid: null, code, userData: null }, from);
  return made instanceof Failure ? made.code : "ok";
}

test("login() of an address whose codes were refused too often is refused until tokens are back", async () => {
  await using scenario = await openScenario({
    limits: { failed_logins: { count: 20, seconds: 20, burst: 20 } },
  });
  const { sandbox, clock } = scenario;
  const flood = () =>
    Promise.all(Array.from({ length: 50 }, (_, index) => login(scenario, `x${index}`, ATTACKER)));
  const count = (answers: string[], code: string) => answers.filter((one) => one === code).length;
  const first = await flood();
  expect([count(first, "codeRefused"), count(first, "tooOften")]).toEqual([20, 30]);
  expect(sandbox.calls(EXCHANGE)).toBe(20);
  expect(await login(scenario, codeOf(scenario, "alice"), ATTACKER)).toBe("tooOften");
  clock.advance({ seconds: 10 });
  const second = await flood();
  expect([count(second, "codeRefused"), count(second, "tooOften")]).toEqual([10, 40]);
  expect(sandbox.calls(EXCHANGE)).toBe(30);
  clock.advance({ seconds: 1 });
  expect(await login(scenario, codeOf(scenario, "alice"), ATTACKER)).toBe("ok");
  expect(await login(scenario, codeOf(scenario, "alice"), ATTACKER)).toBe("ok");
});

test("login() with a code that a refused login had is still good", async () => {
  await using scenario = await openScenario({
    limits: { failed_logins: { count: 1, seconds: 60, burst: 1 } },
  });
  await login(scenario, "bad", ATTACKER);
  const code = codeOf(scenario, "alice");
  expect(await login(scenario, code, ATTACKER)).toBe("tooOften");
  scenario.clock.advance({ seconds: 60 });
  expect(await login(scenario, code, ATTACKER)).toBe("ok");
});

test("limits.logins counts every login of a public address, and none of a known one", async () => {
  await using scenario = await openScenario({
    limits: { logins: { count: 3, seconds: 60, burst: 3 } },
  });
  const outcomes = async (from: Client) => {
    const answers: string[] = [];
    for (let count = 0; count < 5; count += 1)
      answers.push(await login(scenario, codeOf(scenario, "alice"), from));
    return answers;
  };
  expect(await outcomes(ATTACKER)).toEqual(["ok", "ok", "ok", "tooOften", "tooOften"]);
  for (const from of [{ ...ATTACKER, isKnown: true }, client("10.0.0.1")])
    expect(await outcomes(from)).toEqual(Array(5).fill("ok"));
});

test("login() of another address does not wait for a flood of logins", async () => {
  await using scenario = await openScenario();
  const { sandbox } = scenario;
  sandbox.faults.set(EXCHANGE, { latencyMs: 100 });
  const order: string[] = [];
  const ask = async (name: string, from: Client) => {
    await login(scenario, codeOf(scenario, name), from);
    order.push(name);
  };
  const flood = Array.from({ length: 250 }, (_, index) => ask(`f${index}`, client("10.0.0.1")));
  await Bun.sleep(20);
  await ask("honest", client("10.0.0.2"));
  // The honest login was asked last, and ends among the first exchanges.
  expect(order.length).toBeLessThan(200);
  await Promise.all(flood);
});
