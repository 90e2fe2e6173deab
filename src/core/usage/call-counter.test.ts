import { expect, test } from "bun:test";
import { openScenario } from "../../../test/harness/scenario.ts";
import type { Log } from "../ports.ts";
import { CallCounter } from "./call-counter.ts";

async function openCounter() {
  const scenario = await openScenario();
  const warnings: object[] = [];
  const ignore = () => undefined;
  const warn = (fields: object) => void warnings.push(fields);
  const log: Log = { debugEnabled: false, debug: ignore, info: ignore, warn, error: ignore };
  const counter = new CallCounter({ ...scenario, log });
  const list = async (subject: string) =>
    (await scenario.store.callCounts.list(subject, { limit: 100 })).items.map(
      ({ window, endpoint, count }) => [window, endpoint, count],
    );
  return { scenario, counter, warnings, list };
}

test("count() counts by app, endpoint and day in China", async () => {
  const { scenario, counter, list } = await openCounter();
  await using _ = scenario;
  // The clock stands at midnight UTC, which is eight in the morning there.
  await counter.count("wx1111111111111111", "/sns/jscode2session");
  await counter.count("wx1111111111111111", "/cgi-bin/token");
  scenario.clock.advance({ hours: 16, ms: -1 });
  await counter.count("wx1111111111111111", "/cgi-bin/token");
  scenario.clock.advance({ ms: 1 });
  await counter.count("wx1111111111111111", "/cgi-bin/token");
  await counter.count("wx2222222222222222", "/cgi-bin/token");
  expect(await list("wx1111111111111111")).toEqual([
    ["2026-01-01", "/cgi-bin/token", 2],
    ["2026-01-01", "/sns/jscode2session", 1],
    ["2026-01-02", "/cgi-bin/token", 1],
  ]);
});

test("count() warns once when 80 % of a quota is used", async () => {
  const { scenario, counter, warnings } = await openCounter();
  await using _ = scenario;
  const endpoint = "/cgi-bin/stable_token force_refresh";
  for (let count = 1; count <= 20; count += 1) {
    await counter.count("wx1111111111111111", endpoint);
    expect(warnings).toHaveLength(count < 16 ? 0 : 1);
  }
  expect(warnings).toEqual([
    { subject: "wx1111111111111111", endpoint, count: 16, limit: 20, per: "day" },
  ]);
});

test("count() warns of corp tickets at 80 of an agent's and 320 of a corp's calls an hour", async () => {
  const { scenario, counter, warnings } = await openCounter();
  await using _ = scenario;
  for (let count = 0; count < 80; count += 1)
    for (const agentid of ["1", "2", "3", "4"])
      await counter.count(`ww1111111111111111:${agentid}`, "/cgi-bin/get_jsapi_ticket");
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
  await counter.count("ww1111111111111111:1", "/cgi-bin/get_jsapi_ticket");
  expect(warnings).toHaveLength(5);
});
