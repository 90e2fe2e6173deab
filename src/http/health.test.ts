import { expect, test } from "bun:test";
import { openScenario } from "../../test/harness/scenario.ts";
import { silentLog } from "../../test/harness/silent-log.ts";
import { healthRoutes } from "./health.ts";
import { type Plain, plainRoute } from "./plain-route.ts";

const plain: Plain = (answer) => {
  const peer = { address: null, client: null, isProxied: false };
  const route = plainRoute(
    { log: silentLog, requestId: () => "r", peerOf: () => peer, observe: null },
    answer,
  );
  return ({ request }) => route(request);
};

test("/readyz reports a store that hangs, without waiting for it", async () => {
  let hangs = false;
  await using scenario = await openScenario({
    wrap: (store) => ({
      ...store,
      apps: new Proxy(store.apps, {
        get(apps, name) {
          const run = Reflect.get(apps, name) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) =>
            name === "count" && hangs ? new Promise(() => undefined) : run.apply(apps, args);
        },
      }),
    }),
  });
  const ask = async () => {
    const answer = await healthRoutes({ core: scenario.core, plain }).handle(
      new Request("http://waferd/readyz"),
    );
    return [answer.status, await answer.json()];
  };
  expect(await ask()).toEqual([
    200,
    { status: "ready", checks: { store: "ok", writes: "ok", configuration: "ok" } },
  ]);
  hangs = true;
  const checks = {
    store: "did not answer within a second",
    writes: "not checked",
    configuration: "not checked",
  };
  expect(await ask()).toEqual([503, { status: "unready", checks }]);
});
