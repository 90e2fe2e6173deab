import { expect, test } from "bun:test";
import { join } from "node:path";
import { open } from "lmdb";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { PageReader, type ReadInPlace } from "./page-reader.ts";

const TABLE = "things";
const textOf: ReadInPlace<string> = (_key, bytes, from, to) => bytes.toString("latin1", from, to);

function openTable(path: string, noSync = false) {
  const env = open({ path, noSubdir: false, maxDbs: 4, noSync });
  const table = env.openDB<Buffer, string>({ name: TABLE, encoding: "binary" });
  // Tables before and after it in the main tree.
  for (const name of ["a", "things-by-name", "z"]) env.openDB({ name });
  return { env, table };
}

const opened = (path: string): PageReader => {
  const reader = PageReader.open(join(path, "data.mdb"), TABLE);
  if (reader === null) throw new Error("pages are read on Linux only");
  return reader;
};

test.each([1, 50, 20_000])("among %d keys each is found, and no other", async (count) => {
  using folder = tempFolder();
  const { env, table } = openTable(folder.path);
  const keys = Array.from({ length: count }, (_, number) => Bun.hash(`key ${number}`).toString(36));
  const contentOf = (key: string): string => `${key}|${key.repeat(key.charCodeAt(0) % 40)}`;
  await env.transaction(() => {
    for (const key of keys) table.put(key, Buffer.from(contentOf(key)));
  });
  const reader = opened(folder.path);
  for (const key of keys) expect(reader.read(key, textOf)).toBe(contentOf(key));
  for (const key of keys)
    for (const other of [key.slice(0, -1), `${key}0`, `!${key}`, `~${key}`])
      expect(reader.read(other, textOf)).toBeUndefined();
  await env.close();
});

test("what was committed is seen at once, and what was not is not", async () => {
  using folder = tempFolder();
  const { env, table } = openTable(folder.path);
  // Free pages enough, so that the file does not grow.
  await env.transaction(() => {
    for (let number = 0; number < 500; number += 1) table.put(`${number}`, Buffer.alloc(1500));
  });
  await table.clearAsync();
  await table.put("key", Buffer.from("0"));
  const reader = opened(folder.path);
  for (let number = 1; number <= 300; number += 1) {
    await env.transaction(() => {
      table.put("key", Buffer.from(`${number}`));
      expect(reader.read("key", textOf)).toBe(`${number - 1}`);
    });
    expect(reader.read("key", textOf)).toBe(`${number}`);
  }
  await table.remove("key");
  expect(reader.read("key", textOf)).toBeUndefined();
  await env.close();
});

test("a value with pages of its own, and a table that is not there yet, are left to lmdb", async () => {
  using folder = tempFolder();
  const env = open({ path: folder.path, noSubdir: false, maxDbs: 4 });
  const reader = opened(folder.path);
  expect(reader.read("key", textOf)).toBeUndefined();
  const table = env.openDB<Buffer, string>({ name: TABLE, encoding: "binary" });
  await table.put("large", Buffer.alloc(10_000));
  await table.put("small", Buffer.from("small"));
  expect(reader.read("large", textOf)).toBeUndefined();
  // The file has grown since it was mapped, which is looked at once a second.
  const deadline = performance.now() + 5000;
  while (reader.read("small", textOf) === undefined && performance.now() < deadline) await Bun.sleep(50);
  expect(reader.read("small", textOf)).toBe("small");
  expect(reader.read("large", textOf)).toBeUndefined();
  await env.close();
});

test("a reading that throws, or that takes longer than its pages last, gives nothing", async () => {
  using folder = tempFolder();
  const { env, table } = openTable(folder.path);
  await table.put("key", Buffer.from("value"));
  const reader = opened(folder.path);
  const failing = () => {
    throw new RangeError("nonsense");
  };
  expect(reader.read("key", failing)).toBeUndefined();
  const slow: ReadInPlace<string> = (...place) => {
    for (let number = 0; number < 2; number += 1)
      env.transactionSync(() => void table.put("other", Buffer.from(`${number}`)));
    return textOf(...place);
  };
  expect(reader.read("key", slow)).toBeUndefined();
  expect(reader.read("key", textOf)).toBe("value");
  await env.close();
});

/** Rewrites all values again and again, as fast as it can; each names the version that it is of, many times. */
const WRITER = `
  const { open } = await import(${JSON.stringify(import.meta.resolve("lmdb"))});
  const env = open({ path: process.argv[1], noSubdir: false, maxDbs: 4, noSync: true });
  const table = env.openDB({ name: "${TABLE}", encoding: "binary" });
  // Ends by itself when nobody ends it.
  for (let version = 1; performance.now() < 20_000; version += 1)
    env.transactionSync(() => {
      for (let key = 0; key < 40; key += 1)
        if (version % 3 === 0 && key % 5 === version % 5) table.remove("key" + key);
        else table.put("key" + key, Buffer.from((version + " ").repeat(10 + ((version + key) % 90))));
    });
`;

test("beside a process that commits all the time no value is torn, and none is older than one seen before", async () => {
  using folder = tempFolder();
  const { env } = openTable(folder.path, true);
  const writer = Bun.spawn([process.execPath, "-e", WRITER, folder.path], { stderr: "inherit" });
  const reader = opened(folder.path);
  let found = 0;
  let latest = 0;
  const endsAt = performance.now() + 2000;
  while (performance.now() < endsAt || found === 0) {
    for (let turn = 0; turn < 1000; turn += 1) {
      const text = reader.read(`key${turn % 40}`, textOf);
      if (text === undefined) continue;
      found += 1;
      const versions = new Set(text.trim().split(" "));
      if (versions.size !== 1) throw new Error(`a torn value: ${[...versions].join(", ")}`);
      const version = Number([...versions][0]);
      if (version < latest) throw new Error(`version ${version} after ${latest}`);
      latest = version;
    }
    // The file grows at first.
    await Bun.sleep(0);
  }
  writer.kill();
  await writer.exited;
  expect(found).toBeGreaterThan(1000);
  expect(latest).toBeGreaterThan(10);
  await env.close();
}, 20_000);
