import { expect, test } from "bun:test";
import { openScenario } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import type { Log } from "../ports.ts";
import { StoreError } from "../store-error.ts";
import { CallCounter } from "./call-counter.ts";

async function openCounter() {
  const scenario = await openScenario();
  const warnings: object[] = [];
  const ignore = () => undefined;
  const warn = (fields: object) => void warnings.push(fields);
  const log: Log = { debugEnabled: false, debug: ignore, info: ignore, warn, error: ignore };
  const counter = new CallCounter({ ...scenario, log });
  const count = async (subject: string, endpoint: string) => {
    counter.count(subject, endpoint);
    await counter.flush();
  };
  const list = async (subject: string) =>
    (await scenario.store.callCounts.list(subject, { limit: 100 })).items.map(
      ({ window, endpoint, count }) => [window, endpoint, count],
    );
  return { scenario, counter, count, warnings, list };
}

test("count() counts by app, endpoint and day in China", async () => {
  const { scenario, count, list } = await openCounter();
  await using _ = scenario;
  // The clock stands at midnight UTC, which is eight in the morning there.
  await count("wx1111111111111111", "/sns/jscode2session");
  await count("wx1111111111111111", "/cgi-bin/token");
  scenario.clock.advance({ hours: 16, ms: -1 });
  await count("wx1111111111111111", "/cgi-bin/token");
  scenario.clock.advance({ ms: 1 });
  await count("wx1111111111111111", "/cgi-bin/token");
  await count("wx2222222222222222", "/cgi-bin/token");
  expect(await list("wx1111111111111111")).toEqual([
    ["2026-01-01", "/cgi-bin/token", 2],
    ["2026-01-01", "/sns/jscode2session", 1],
    ["2026-01-02", "/cgi-bin/token", 1],
  ]);
});

test("count() warns once when 80 % of a quota is used", async () => {
  const { scenario, count, warnings } = await openCounter();
  await using _ = scenario;
  const endpoint = "/cgi-bin/stable_token force_refresh";
  for (let calls = 1; calls <= 20; calls += 1) {
    await count("wx1111111111111111", endpoint);
    expect(warnings).toHaveLength(calls < 16 ? 0 : 1);
  }
  expect(warnings).toEqual([
    { subject: "wx1111111111111111", endpoint, count: 16, limit: 20, per: "day" },
  ]);
});

test("count() warns of corp tickets at 80 of an agent's and 320 of a corp's calls an hour", async () => {
  const { scenario, count, warnings } = await openCounter();
  await using _ = scenario;
  for (let calls = 0; calls < 80; calls += 1)
    for (const agentid of ["1", "2", "3", "4"])
      await count(`ww1111111111111111:${agentid}`, "/cgi-bin/get_jsapi_ticket");
  expect(warnings).toHaveLength(5);
  expect(warnings).toContainEqual(
    expect.objectContaining({
      subject: "ww1111111111111111:3",
      count: 80,
      limit: 100,
      per: "hour",
    }),
  );
  expect(warnings).toContainEqual(
    expect.objectContaining({ subject: "ww1111111111111111", count: 320, limit: 400, per: "hour" }),
  );
  scenario.clock.advance({ hours: 1 });
  await count("ww1111111111111111:1", "/cgi-bin/get_jsapi_ticket");
  expect(warnings).toHaveLength(5);
});

test("flush() writes calls together, warns once when they pass 80 %, and keeps what was refused", async () => {
  const { scenario, warnings, list } = await openCounter();
  await using _ = scenario;
  const amounts: number[] = [];
  let isAway = true;
  const { callCounts } = scenario.store;
  const add: typeof callCounts.add = async (entry, amount = 1) => {
    if (isAway) throw new StoreError("closed", "away");
    amounts.push(amount);
    return callCounts.add(entry, amount);
  };
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) };
  const counter = new CallCounter({
    ...{ clock: scenario.clock, log },
    tables: { callCounts: Object.assign(Object.create(callCounts), { add }) },
  });
  const endpoint = "/cgi-bin/stable_token force_refresh";
  for (let calls = 0; calls < 15; calls += 1) counter.count("wx1111111111111111", endpoint);
  await counter.flush();
  isAway = false;
  for (let calls = 0; calls < 3; calls += 1) counter.count("wx1111111111111111", endpoint);
  await counter.flush();
  expect(amounts).toEqual([18, 18]);
  expect(warnings).toMatchObject([{ count: 18, limit: 20 }]);
  expect(await list("wx1111111111111111")).toEqual([["2026-01-01", endpoint, 18]]);
  expect(await list("*")).toEqual([["2026-01-01", "calls", 18]]);
});
