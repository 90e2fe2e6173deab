import { expect, test } from "bun:test";
import { openScenario } from "../../../test/harness/scenario.ts";
import { StoreError } from "../../core/store-error.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { meteredStore } from "./metered-store.ts";
import { createMeters, type Meters } from "./meters.ts";

/** Returns the value of a series. */
async function seriesValue(
  meters: Meters,
  name: string,
  labels: Record<string, string>,
): Promise<number> {
  const metric = (await meters.register.getMetricsAsJSON()).find((one) =>
    name.startsWith(one.name),
  );
  const values = (metric?.values ?? []) as { metricName?: string; labels: object; value: number }[];
  const found = values.find(
    (value) => (value.metricName ?? metric?.name) === name && Bun.deepEquals(value.labels, labels),
  );
  return found?.value ?? 0;
}

const timed = (meters: Meters, operation: string) =>
  seriesValue(meters, "waferd_store_operation_duration_seconds_count", { operation });

test("meteredStore() times asynchronous operations, and returns what the store returns", async () => {
  const meters = createMeters();
  await using scenario = await openScenario({ wrap: (store) => meteredStore(store, meters) });
  expect(await timed(meters, "apps.create")).toBe(1);
  expect(scenario.store.apps.get(DEMO_APP.appid)).toMatchObject({ appid: DEMO_APP.appid });
  expect(await timed(meters, "apps.get")).toBe(0);
  const now = scenario.clock.now();
  expect(
    await scenario.store.idempotency.begin("key", new Uint8Array(32), now, now + 1000),
  ).toEqual({
    state: "begun",
  });
  expect(await scenario.store.leases.acquire("key", "holder", now + 1000, now)).toBe(true);
  expect(await timed(meters, "idempotency.begin")).toBe(1);
});

test("meteredStore() counts thrown and rejected errors by kind, and passes them on", async () => {
  const meters = createMeters();
  await using scenario = await openScenario();
  const store = meteredStore(
    {
      ...scenario.store,
      audit: {
        list: () => {
          throw new StoreError("cursor", "no cursor of this list");
        },
        append: () => Promise.reject(new StoreError("refused", "the disk is full")),
      },
    },
    meters,
  );
  expect(() => store.audit.list({ limit: 1 })).toThrow("no cursor of this list");
  const entry = { at: 1, actor: "x" } as unknown as Parameters<typeof store.audit.append>[0];
  expect(store.audit.append(entry)).rejects.toThrow("the disk is full");
  await Bun.sleep(0);
  for (const kind of ["cursor", "refused"])
    expect(await seriesValue(meters, "waferd_store_errors_total", { kind })).toBe(1);
  expect(await timed(meters, "audit.append")).toBe(1);
});
