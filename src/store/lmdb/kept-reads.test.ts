import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { Environment } from "./environment.ts";
import { KeptReads } from "./kept-reads.ts";

interface Thing {
  value: number;
}

/** Opens a table of things, of which `key` is one, with a count of its loads. */
async function openThings(dataDir: string) {
  const env = new Environment(dataDir);
  const table = env.table<Thing, string>("things");
  const kept = new KeptReads<Thing>(env);
  const put = (value: number) => env.write(() => void table.put("key", { value }));
  await put(1);
  const things = {
    ...{ env, put, loads: 0 },
    get: (key = "key") =>
      kept.get(key, () => {
        things.loads += 1;
        return table.get(key) ?? null;
      }),
  };
  return things;
}

test("KeptReads loads what is there once between two commits, and what is not there each time", async () => {
  using folder = tempFolder();
  const things = await openThings(folder.path);
  for (let count = 0; count < 5; count += 1) expect(things.get()).toEqual({ value: 1 });
  expect(things.loads).toBe(1);
  await things.put(2);
  for (let count = 0; count < 5; count += 1) expect(things.get()).toEqual({ value: 2 });
  expect(things.loads).toBe(2);
  for (let count = 0; count < 5; count += 1) expect(things.get("absent")).toBeNull();
  expect(things.loads).toBe(7);
  await things.env.close();
});

test("KeptReads reads its own changes inside a write, and keeps none of them", async () => {
  using folder = tempFolder();
  const things = await openThings(folder.path);
  const table = things.env.table<Thing, string>("things");
  things.get();
  const inside = await things.env.write(() => {
    table.put("key", { value: 7 });
    return things.get();
  });
  expect(inside).toEqual({ value: 7 });
  await things.put(8);
  expect(things.get()).toEqual({ value: 8 });
  await things.env.close();
});

test("KeptReads sees what another process committed in the same turn of the event loop", async () => {
  using folder = tempFolder();
  const things = await openThings(folder.path);
  const elsewhere = `
    const { Environment } = await import(${JSON.stringify(join(import.meta.dir, "environment.ts"))});
    const env = new Environment(${JSON.stringify(folder.path)});
    const table = env.table("things");
    await env.write(() => void table.remove("key"));
    await env.close();
  `;
  const before = [things.get(), things.get()];
  const { exitCode } = Bun.spawnSync([process.execPath, "-e", elsewhere], { stderr: "inherit" });
  expect([exitCode, before, things.get()]).toEqual([0, [{ value: 1 }, { value: 1 }], null]);
  await things.env.close();
});

test("KeptReads does not keep more than a thousand records", async () => {
  using folder = tempFolder();
  const things = await openThings(folder.path);
  const kept = new KeptReads<Thing>(things.env);
  let loads = 0;
  const get = (key: number) =>
    kept.get(key, () => {
      loads += 1;
      return { value: key };
    });
  for (let key = 0; key <= 1000; key += 1) get(key);
  expect(loads).toBe(1001);
  get(1000);
  expect(loads).toBe(1001);
  get(0);
  expect(loads).toBe(1002);
  await things.env.close();
});
