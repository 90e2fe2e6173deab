/** The tests that each driver has to have. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { GROUPS } from "../../scripts/test-steps.mjs";
import { DRIVER_NAMES, SHARED_DRIVER_NAMES } from "../../src/config/drivers/drivers.ts";

const root = join(import.meta.dir, "../..");

test.each(DRIVER_NAMES)("driver.test.ts of %s runs the conformance suite", async (name) => {
  const text = await Bun.file(join(root, "src/store", name, "driver.test.ts")).text();
  expect(text).toMatch(/^storeConformance\(\{$/m);
  expect(text).toContain(`  name: "${name}",`);
});

test.each(SHARED_DRIVER_NAMES)("a step of npm test runs the compat suites on %s", (name) => {
  const steps = GROUPS.flat().filter(
    ({ args, environment }) =>
      args.includes("test/compat") && environment?.["WAFERD_TEST_STORE"] === name,
  );
  expect(steps).toHaveLength(1);
});
