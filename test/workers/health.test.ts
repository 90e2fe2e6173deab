/** The health endpoints that load balancers ask. */
import { expect, test } from "bun:test";
import { testStore } from "../harness/stores/store.ts";
import { Waferd } from "../harness/waferd.ts";

test("/healthz and /readyz answer without a key, and are logged at debug only", async () => {
  await using waferd = await Waferd.start();
  const alive = await fetch(`${waferd.url}/healthz`);
  expect([alive.status, await alive.text()]).toEqual([200, "ok"]);
  const ready = await fetch(`${waferd.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    status: "ready",
    checks: { store: "ok", writes: "ok", configuration: "ok" },
  });
  expect((await fetch(`${waferd.url}/healthz`, { method: "HEAD" })).status).toBe(200);
  await fetch(`${waferd.url}/last`);
  await waferd.logged(({ path }) => path === "/*");
  expect(waferd.log.filter(({ path }) => path === "/healthz" || path === "/readyz")).toEqual([]);
});

test("/readyz is 503 while default_appid is not registered, and 200 once it is", async () => {
  await using waferd = await Waferd.start({ args: ["--default-appid", "wx2"] });
  const readiness = async () => {
    const answer = await fetch(`${waferd.url}/readyz`);
    return { status: answer.status, body: await answer.json() };
  };
  const key = waferd.adminKey;
  const register = (appid: string) =>
    waferd.call("qcloud.cam.initapp", { appid, secret: `the-secret-of-${appid}` }, { key });
  // Otherwise the first app could not be registered through a load balancer.
  expect((await readiness()).status).toBe(200);
  await register("wx1");
  expect(await readiness()).toEqual({
    status: 503,
    body: {
      status: "unready",
      checks: { store: "ok", writes: "ok", configuration: "default_appid is not registered" },
    },
  });
  await register("wx2");
  expect((await readiness()).status).toBe(200);
});

test("/readyz is 503 while the store cannot be read, and says no more than that", async () => {
  await using waferd = await Waferd.start();
  const key = waferd.adminKey;
  await waferd.call("qcloud.cam.initapp", { appid: "wx1", secret: "the-secret-of-wx1" }, { key });
  await testStore.damageApp?.(waferd.dataDir, "wx1");
  const answer = await fetch(`${waferd.url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    status: "unready",
    checks: { store: "failed", writes: "not checked", configuration: "not checked" },
  });
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
});
