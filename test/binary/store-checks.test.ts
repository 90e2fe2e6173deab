/** Checks of the store that a server makes for the REST API. */
import { expect, test } from "bun:test";
import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { runCommand } from "../harness/command.ts";
import { startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";

const PATH = "/server/store-check";

async function start(args: readonly string[] = []) {
  const production = await startProduction({ args });
  const { waferd, adminKey } = production;
  const api = await Api.of(waferd);
  const call = (method: string) => api.call(method, PATH, { key: adminKey });
  return {
    ...{ production, waferd, call },
    [Symbol.asyncDispose]: () => production[Symbol.asyncDispose](),
  };
}

test("POST /server/store-check reports as waferd store check does, and GET has it afterwards", async () => {
  await using server = await start();
  const { production, waferd, call } = server;
  await production.login(production.user("alice"));
  expect((await call("GET")).body).toEqual({ runningSince: null, last: null });
  const { status, body } = await call("POST");
  expect([status, body.failure, body.report.flaws, body.report.shown]).toEqual([200, null, 0, []]);
  const ran = await runCommand(
    ["store", "check", "--json", "--data-dir", waferd.dataDir],
    {},
    waferd.dataDir,
  );
  const { records } = JSON.parse(ran.stdout);
  expect(Object.keys(body.report.records)).toEqual(Object.keys(records));
  expect(body.report.records).toMatchObject({ apps: records.apps, sessions: 1 });
  expect((await call("GET")).body).toEqual({ runningSince: null, last: body });
  expect(statSync(join(waferd.dataDir, "store-check.json")).mode & 0o777).toBe(0o600);
  await waferd.logged(({ msg }) => msg === "the store was checked: nothing is wrong");
}, 60_000);

test("one check of the store is made at a time by all workers, and each worker tells of it", async () => {
  await using server = await start(["--workers", "2"]);
  const { call } = server;
  const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST")));
  const made = answers.filter(({ status }) => status === 200);
  expect(made).toHaveLength(1);
  for (const { status, body } of answers)
    if (status !== 200) expect(body).toMatchObject({ status: 409, code: "storeCheckRunning" });
  for (let round = 0; round < 8; round += 1)
    expect((await call("GET")).body).toEqual({ runningSince: null, last: made[0]?.body });
}, 60_000);

test.if(!testStore.takesSeveralServers)(
  "a check that fails is told, and the server goes on",
  async () => {
    await using server = await start();
    const { production, waferd, call } = server;
    const data = join(waferd.dataDir, "data.mdb");
    renameSync(data, `${data}.away`);
    const failed = await call("POST");
    renameSync(`${data}.away`, data);
    expect(failed.body).toMatchObject({ status: 503, code: "storeCheckFailed" });
    expect(failed.body.detail).toContain("data.mdb");
    expect((await call("GET")).body.last.failure).toBe(failed.body.detail);
    expect((await production.login(production.user("bob"))).returnCode).toBe(0);
    expect((await call("POST")).status).toBe(200);
  },
  60_000,
);
