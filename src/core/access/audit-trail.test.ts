import { expect, test } from "bun:test";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import type { Log } from "../ports.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";

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
