import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { StartError } from "../core/errors.ts";
import { allOf, OPTIONS } from "./fixtures/samples.ts";
import { openSource } from "./open-source.ts";
import { isAddress, maskPassword, parseAddress } from "./source-address.ts";

describe("an address", () => {
  test.each<[string, string]>([
    ["redis://:s3cret@h:6379/0", "redis://:***@h:6379/0"],
    ["mysql://root:s3cret@h/db", "mysql://root:***@h/db"],
    ["mysql://root:s3/c:r@et@h/db", "mysql://root:***@h/db"],
    ["MYSQL://root:s3cret@h/db", "MYSQL://root:***@h/db"],
    ["redis://h:6379/0", "redis://h:6379/0"],
    ["redis://user@h", "redis://user@h"],
  ])("maskPassword(%p) is %p", (address, masked) => {
    expect(maskPassword(address)).toBe(masked);
  });

  test.each<[string, Partial<ReturnType<typeof parseAddress>>]>([
    [
      "redis://h",
      { driver: "redis", tls: false, host: "h", port: 6379, password: "", database: "0" },
    ],
    [
      "rediss://u:p%40%2F@h:1/5",
      { driver: "redis", tls: true, port: 1, user: "u", password: "p@/", database: "5" },
    ],
    [
      "mysql://r:p@[::1]/a%20b",
      { driver: "mysql", tls: false, host: "::1", port: 3306, database: "a b" },
    ],
    [
      "mysqls://r@h:99/d",
      { driver: "mysql", tls: true, port: 99, user: "r", password: "", database: "d" },
    ],
  ])("%s is taken apart", (address, expected) => {
    expect(parseAddress(address)).toMatchObject(expected);
  });

  test.each<[string, RegExp]>([
    [
      "http://h/x",
      /must begin with redis:\/\/, rediss:\/\/, mysql:\/\/ or mysqls:\/\/, or be a file$/,
    ],
    [
      "postgres://u:s3cret@h/x",
      /^cannot import from postgres:\/\/u:\*\*\*@h\/x: it must begin with/,
    ],
    ["redis://", /host/],
    ["redis:///0", /host/],
    ["mysql://u:s3cret@/db", /host/],
    ["redis://h:99999", /host or port/],
    ["redis://h:0", /port 0/],
    ["redis://h:port", /host or port/],
    ["mysql://u:s3/cret@h/db", /percent-encoded/],
    ["mysql://u:123/s3cret@h/db", /percent-encoded/],
    ["redis://:s3#cret@h/0", /percent-encoded/],
    ["mysql://u:s3?cret@h/0", /percent-encoded/],
    ["mysql://u:%zz@h/db", /hex digits/],
    ["mysql://h", /names no database\. Give it as mysql:\/\/user:password@host:3306\/database$/],
    ["mysql://h/a/b", /names no database/],
    ["redis://h/db", /has to be a number/],
    ["redis://h/0?x=1", /behind the database/],
  ])("%s is refused without its password", async (address, message) => {
    const error = await openSource(address, OPTIONS).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(message);
    expect(Bun.inspect(error)).not.toMatch(/s3|cret/);
  });

  test("a path is none, on Windows neither", () => {
    expect(["dump.sql", "/a/b.gz", "C:\\dump.sql", "a:b"].filter(isAddress)).toEqual([]);
  });
});

describe("a file", () => {
  const dump =
    "CREATE TABLE cAppinfo (appid int, secret int);\nINSERT INTO cAppinfo VALUES ('wx1111111111111111','x');";
  const exported =
    '{"waferd":"export","version":1,"secrets":"clear"}\n{"kind":"end","records":0}\n';

  test.each<[string, string | Buffer, string[]]>([
    ["a dump", dump, ["app"]],
    ["a dump after a mark and empty lines", `\ufeff\n\n ${dump}`, ["app"]],
    ["a packed dump", gzipSync(dump), ["app"]],
    [
      "a dump packed in two parts",
      Buffer.concat([gzipSync(dump.slice(0, 30)), gzipSync(dump.slice(30))]),
      ["app"],
    ],
    ["an export", exported, []],
    ["a packed export", gzipSync(exported), []],
  ])("%s is known by what is in it", async (_, content, kinds) => {
    using folder = tempFolder();
    const path = join(folder.path, "file");
    writeFileSync(path, content);
    const source = await openSource(path, OPTIONS);
    expect((await allOf(source)).map(({ kind }) => kind)).toEqual(kinds as "app"[]);
    expect(source.name).toBe(path);
    await source.close();
  });

  test.each<[string, string | Buffer | null, RegExp]>([
    ["nothing", null, /^there is no file .*\/file$/],
    ["an empty file", "", /file is empty$/],
    ["an empty gzip", gzipSync(""), /file is empty$/],
    [
      "a broken gzip",
      Buffer.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      /file cannot be unpacked: gzip/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${dump}`, "utf16le"), /is in UTF-16/],
    ["something else", Buffer.from("PK\u0003\u0004"), /has none of the tables/],
  ])("%s is refused", async (_, content, message) => {
    using folder = tempFolder();
    const path = join(folder.path, "file");
    if (content !== null) writeFileSync(path, content);
    const reading = openSource(path, OPTIONS).then(allOf);
    await expect(reading).rejects.toBeInstanceOf(StartError);
    await expect(reading).rejects.toThrow(message);
  });

  test("a folder is refused", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "dumps"));
    await expect(openSource(join(folder.path, "dumps"), OPTIONS)).rejects.toThrow(
      /dumps is a folder: name the file/,
    );
  });
});
