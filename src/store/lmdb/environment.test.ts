import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Database } from "lmdb";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { checkRanges } from "./checked-ranges.ts";
import { Environment } from "./environment.ts";

const HERE = JSON.stringify(import.meta.dir);
const INITIAL = 1024 ** 2;
const WRITES = 40;

test("the map grows in two processes that both write: each reads the records of the other", async () => {
  using folder = tempFolder();
  const env = new Environment(folder.path, undefined, "quick", INITIAL);
  const table = env.table<string, string>("records");
  const other = Bun.spawn(
    [
      process.execPath,
      "-e",
      `const { Environment } = await import(${HERE} + "/environment.ts");
       const env = new Environment(${JSON.stringify(folder.path)}, undefined, "quick", ${INITIAL});
       const table = env.table("records");
       for (let number = 0; number < ${WRITES}; number += 1)
         await env.write(() => table.put("other-" + number, "x".repeat(100_000)));
       const seen = env.read(() => [...table.getKeys({ start: "own-", end: "own." })].length);
       await env.close();
       if (seen === 0) process.exit(9);`,
    ],
    { stdout: "ignore", stderr: "inherit" },
  );
  for (let number = 0; number < WRITES; number += 1)
    await env.write(() => table.put(`own-${number}`, "y".repeat(100_000)));
  expect(await other.exited).toBe(0);
  const lengths = env.read(() => [...table.getRange()].map(({ value }) => value.length));
  expect(lengths).toEqual(Array.from({ length: 2 * WRITES }, () => 100_000));
  await env.close();
  const again = new Environment(folder.path, undefined, "whole", INITIAL);
  const count = again.read(() => [...again.table("records").getKeys()].length);
  expect(count).toBe(2 * WRITES);
  await again.close();
}, 60_000);

test("readers that were killed give their slots back to a process that has the folder open", async () => {
  using folder = tempFolder();
  const env = new Environment(folder.path);
  const table = env.table<string, string>("records");
  await env.write(() => table.put("a", "b"));
  // 600 readers do not fit: the last process fails for want of slots, and stays.
  const readers = Array.from({ length: 3 }, () =>
    Bun.spawn(
      [
        process.execPath,
        "-e",
        `const { open } = await import("lmdb");
         const path = ${JSON.stringify(folder.path)};
         const env = open({ path, noSubdir: false, maxDbs: 32, maxReaders: 512 });
         const table = env.openDB({ name: "records" });
         const views = [];
         try {
           for (let view = 0; view < 200; view += 1) {
             views.push(env.useReadTransaction());
             // Readers of one snapshot share a slot.
             table.putSync("n", view);
             env.resetReadTxn();
           }
         } catch {}
         console.log(views.length);
         setInterval(() => views.length, 1000);`,
      ],
      { stdout: "pipe", stderr: "ignore" },
    ),
  );
  let taken = 0;
  for (const reader of readers) {
    const { value } = await reader.stdout.getReader().read();
    taken += Number(new TextDecoder().decode(value));
  }
  for (const reader of readers) reader.kill("SIGKILL");
  await Promise.all(readers.map(({ exited }) => exited));
  expect(taken).toBeGreaterThan(400);
  expect(taken).toBeLessThan(600);
  const views = Array.from({ length: 300 }, () => env.snapshot());
  expect(env.read(() => table.get("a"))).toBe("b");
  for (const view of views) view.done();
  await env.close();
}, 60_000);

/** A table whose ranges end at once, and whose other reads answer as told. */
const brokenTable = (doesExist: () => boolean, entryCount: number): Database =>
  ({
    getRange: () => {
      const range = {
        iterate: () => ({ next: () => ({ done: true, value: undefined }) }),
        [Symbol.iterator]: () => range.iterate(),
      };
      return range;
    },
    doesExist,
    getStats: () => ({ entryCount }),
  }) as unknown as Database;

test.each([
  {
    what: "a read that fails",
    table: brokenTable(() => {
      throw new Error("Invalid argument");
    }, 0),
    error: /Invalid argument/,
  },
  { what: "a table with records", table: brokenTable(() => false, 3), error: /3 records/ },
])("a range that ends by $what throws, and is not empty", ({ table, error }) => {
  checkRanges(table);
  expect(() => [...table.getRange()]).toThrow(error);
});

test("a range that is empty is empty, and one that ends at its end has its entries", async () => {
  using folder = tempFolder();
  const env = new Environment(join(folder.path, "data"));
  const table = env.table<string, string>("records");
  expect(env.read(() => [...table.getRange()])).toEqual([]);
  await env.write(() => table.put("a", "b"));
  expect(env.read(() => [...table.getKeys()])).toEqual(["a"]);
  expect(env.read(() => [...table.getRange({ start: "b" })])).toEqual([]);
  expect(env.read(() => [...table.getRange({ limit: 0 })])).toEqual([]);
  await env.close();
});
