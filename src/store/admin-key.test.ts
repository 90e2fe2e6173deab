import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { loadAdminKey } from "./admin-key.ts";

test("loadAdminKey() creates a key that only its owner can read, and returns it from then on", () => {
  using folder = tempFolder();
  const made = loadAdminKey(folder.path, null);
  const path = join(folder.path, "admin.key");
  expect(made).toEqual({ key: expect.stringMatching(/^waferd_admin_/), path, created: true });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(loadAdminKey(folder.path, null)).toEqual({ ...made, created: false });
});

test("loadAdminKey() prefers the configured key, and writes no file", () => {
  using folder = tempFolder();
  const configured = { key: "a-configured-key-of-the-tests", path: null, created: false };
  expect(loadAdminKey(folder.path, configured.key)).toEqual(configured);
  expect(() => statSync(join(folder.path, "admin.key"))).toThrow();
});

test("loadAdminKey() refuses a file without a key, and names it", () => {
  using folder = tempFolder();
  const path = join(folder.path, "admin.key");
  writeFileSync(path, "short\n", { mode: 0o600 });
  expect(() => loadAdminKey(folder.path, null)).toThrow(`the admin key in ${path} has the wrong`);
});
