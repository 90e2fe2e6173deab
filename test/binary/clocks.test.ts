/** The executable on a machine whose clock is set, by libfaketime. */
import { expect, test } from "bun:test";
import { APP, startProduction } from "../harness/production.ts";
import { settableClock } from "../harness/set-clock.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import type { Waferd } from "../harness/waferd.ts";

const PATIENCE = 40_000;
const DAYS = 60;
/** A sweep that begins with the lease is over by then. */
const SWEPT = 3000;

const logged = (waferd: Waferd, text: string) =>
  until(() => waferd.log.some(({ msg }) => String(msg).startsWith(text)), PATIENCE);

test("a clock that is sixty days ahead for a while expires no session, and blocks neither lease nor token", async () => {
  using folder = tempFolder();
  const clock = settableClock(folder.path);
  await using production = await startProduction({ environment: clock.environment });
  const { id, skey } = (await production.login(production.user("alice"))).returnData;
  const auth = (waferd: Waferd) => waferd.call("qcloud.cam.auth", { id, skey });
  const token = async (waferd: Waferd, force = false) => {
    const para = { appid: APP.appid, force };
    const key = production.adminKey;
    const answer = await waferd.call("qcloud.mimi.access_token", para, { key });
    expect(answer.returnCode).toBe(0);
    return { value: answer.returnData.access_token, exp: answer.returnData.exp * 1000 };
  };
  const inTwoHours = () => Date.now() + 7_200_000 + 1000;
  const first = await token(production.waferd);
  expect(first.exp).toBeLessThanOrEqual(inTwoHours());

  // A start soon after another trusts its clock at once.
  await production.restart();
  await logged(production.waferd, "lease taken");

  // While it runs: it does not sweep, and fetches a token by the wrong time.
  clock.set({ days: DAYS });
  await logged(production.waferd, "the clock was set");
  expect((await auth(production.waferd)).returnCode).toBe(60012);
  expect((await token(production.waferd)).exp).toBeGreaterThan(inTwoHours() + 86_400_000);

  // At a start: the last sweep was long ago, by this clock.
  await production.restart();
  await logged(production.waferd, "lease taken");
  await Bun.sleep(SWEPT);
  production.waferd.signal("SIGKILL");
  await production.waferd.exited();

  // The lease and the token of the wrong time are still stored.
  clock.set({});
  await using corrected = await production.another();
  await logged(corrected, "lease taken");
  expect((await auth(corrected)).returnCode).toBe(0);
  const renewed = await token(corrected);
  expect(renewed.exp).toBeLessThanOrEqual(inTwoHours());
  const forced = await token(corrected, true);
  expect(forced.value).not.toBe(renewed.value);
  expect(forced.exp).toBeLessThanOrEqual(inTwoHours());
}, 120_000);
