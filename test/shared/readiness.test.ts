/** Readiness while the shared store is away. */
import { expect, test } from "bun:test";
import { killWithParent } from "../harness/reaper.ts";
import { RedisServer } from "../harness/redis.ts";
import { Waferd } from "../harness/waferd.ts";

test("a store that does not answer makes a server unready, and it says so at once", async () => {
  const redis = await RedisServer.start();
  killWithParent(redis.pid, redis.folder);
  await using waferd = await Waferd.start({
    environment: { WAFERD_STORE: `redis://127.0.0.1:${redis.port}/0` },
  });
  expect((await fetch(`${waferd.url}/readyz`)).status).toBe(200);
  process.kill(redis.pid, "SIGSTOP");
  try {
    const answer = await fetch(`${waferd.url}/readyz`, { signal: AbortSignal.timeout(3000) });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: "unready",
      checks: { configuration: "not checked" },
    });
  } finally {
    process.kill(redis.pid, "SIGCONT");
  }
  expect((await fetch(`${waferd.url}/readyz`)).status).toBe(200);
});
