/** Moving data into a shared store, by the commands of the executable. */
import { test } from "bun:test";
import { join } from "node:path";
import { exportedStore } from "../harness/exported-store.ts";
import { RedisServer } from "../harness/redis.ts";
import { tempFolder } from "../harness/temp-folder.ts";

test("an export of an embedded store makes the same store in Redis, and its users stay logged in", async () => {
  using folder = tempFolder();
  await using redis = await RedisServer.start();
  await using exported = await exportedStore(folder.path);
  await exported.importInto({
    from: exported.clear,
    dataDir: join(folder.path, "data"),
    args: ["--store", `redis://127.0.0.1:${redis.port}/0`],
  });
}, 60_000);
