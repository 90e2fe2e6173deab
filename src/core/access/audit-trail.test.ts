import { expect, test } from "bun:test";
import { TestClock } from "../../../test/harness/clock.ts";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Log } from "../ports.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { AuditAction, AuditEntry, AuditFilter } from "./audit.ts";
import { AuditTrail } from "./audit-trail.ts";

test("record() writes to the log when the store refuses, and the change stands", async () => {
  const errors: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => void errors.push(fields) };
  const refusing = (store: Store): Store => ({
    ...store,
    audit: {
      append: () => Promise.reject(new StoreError("refused", "the disk is full")),
      list: (page) => store.audit.list(page),
    },
  });
  await using scenario = await openScenario({ log, wrap: refusing });
  const secret = "the-secret-that-no-log-holds";
  succeeded(await scenario.core.apps.register({ appid: "wx2", appSecret: secret }, TESTER));
  expect(await scenario.store.apps.get("wx2")).not.toBeNull();
  expect(errors.at(-1)).toMatchObject({
    entry: { by: "tester", action: "app.created", target: "wx2", changed: ["secret"] },
    err: expect.any(StoreError),
  });
  expect(JSON.stringify(errors)).not.toContain(secret);
});

test("list() has no entry for a change that failed", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const entries = async () => succeeded(await core.audit.list({ limit: 100 })).items.length;
  const before = await entries();
  await core.apps.update("nobody", { title: "x" }, TESTER);
  await core.apps.remove("nobody", TESTER);
  await core.workAgents.remove("ww1", "1", TESTER);
  await core.serviceKeys.revoke("0".repeat(16), TESTER);
  await core.sessionAdministration.revoke("nobody", "nobody", TESTER);
  expect(await entries()).toBe(before);
});

test.each<{ name: string; filter: AuditFilter; targets: string[] }>([
  { name: "nothing", filter: {}, targets: ["ww1:2", "s1", "wx12", "wx1/alice", "wx1"] },
  { name: "who", filter: { by: "admin" }, targets: ["s1", "wx1"] },
  { name: "a service key by its id", filter: { by: "k1" }, targets: ["wx12"] },
  { name: "a service key as it is listed", filter: { by: "key:k1" }, targets: ["wx12"] },
  { name: "an action", filter: { action: "session.revoked" }, targets: ["wx1/alice"] },
  { name: "an app and its users", filter: { target: "wx1" }, targets: ["wx1/alice", "wx1"] },
  { name: "a corpid", filter: { target: "ww1" }, targets: ["ww1:2"] },
  { name: "one user", filter: { target: "wx1/alice" }, targets: ["wx1/alice"] },
  { name: "a time on", filter: { since: 4000 }, targets: ["ww1:2", "s1"] },
  { name: "a time before", filter: { until: 2000 }, targets: ["wx1"] },
  { name: "both", filter: { by: "admin", since: 2000 }, targets: ["s1"] },
])("list() filters by $name", async ({ filter, targets }) => {
  await using scenario = await openScenario();
  const { audit } = scenario.store;
  const entries: [string, AuditAction, string][] = [
    ["admin", "app.created", "wx1"],
    ["local", "session.revoked", "wx1/alice"],
    ["key:k1", "sessionKey.reset", "wx12"],
    ["admin", "serviceKey.created", "s1"],
    ["local", "agent.registered", "ww1:2"],
  ];
  for (const [index, [by, action, target]] of entries.entries())
    await audit.append({
      by,
      action,
      target,
      at: (index + 1) * 1000,
      changed: [],
      requestId: null,
      address: null,
    });
  const found = async (limit: number): Promise<string[]> => {
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<AuditEntry> = succeeded(
        await scenario.core.audit.list({ limit, ...(cursor !== null && { cursor }) }, filter),
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      names.push(...page.items.filter(({ at }) => at <= 5000).map(({ target }) => target));
      cursor = page.next;
    } while (cursor !== null);
    return names;
  };
  expect(await found(100)).toEqual(targets);
  expect(await found(2)).toEqual(targets);
});

test("list() stops its search at a page of entries that are too old, and after a bounded number", async () => {
  let read = 0;
  const at = (number: number) => 1_000_000 - number;
  const entry = (number: number): AuditEntry => ({
    ...{
      by: "admin",
      action: "app.updated",
      target: `wx${number}`,
      changed: [],
      requestId: null,
      address: null,
    },
    at: at(number),
  });
  const tables = {
    audit: {
      append: async () => undefined,
      list({ limit, cursor = "0" }: PageRequest): Page<AuditEntry> {
        read += limit;
        const start = Number(cursor);
        const items = Array.from({ length: limit }, (_, index) => entry(start + index));
        return { items, next: String(start + limit) };
      },
    },
  };
  const trail = new AuditTrail({ tables, clock: new TestClock(), log: silentLog });
  expect(await trail.list({ limit: 10 }, { since: at(4) })).toMatchObject({
    items: { length: 5 },
    next: "10",
  });
  expect(await trail.list({ limit: 10, cursor: "10" }, { since: at(4) })).toEqual({
    items: [],
    next: null,
  });
  read = 0;
  const searched = succeeded(await trail.list({ limit: 100 }, { by: "nobody" }));
  expect([searched.items, searched.next, read]).toEqual([[], "5000", 5000]);
});
