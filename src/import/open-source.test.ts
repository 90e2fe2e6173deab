import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openFrom } from "../../test/harness/import-source.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { StartError } from "../core/errors.ts";
import { allOf, OPTIONS } from "./fixtures/samples.ts";

describe("openSource()", () => {
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
  ])("recognizes %s by its content", async (_, content, kinds) => {
    using folder = tempFolder();
    const path = join(folder.path, "file");
    writeFileSync(path, content);
    const source = await openFrom(path, OPTIONS);
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
      /file cannot be decompressed: gzip/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${dump}`, "utf16le"), /is in UTF-16/],
    ["something else", Buffer.from("PK\u0003\u0004"), /has none of the tables/],
  ])("refuses %s", async (_, content, message) => {
    using folder = tempFolder();
    const path = join(folder.path, "file");
    if (content !== null) writeFileSync(path, content);
    const reading = openFrom(path, OPTIONS).then(allOf);
    await expect(reading).rejects.toBeInstanceOf(StartError);
    await expect(reading).rejects.toThrow(message);
  });

  test("refuses a folder", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "dumps"));
    await expect(openFrom(join(folder.path, "dumps"), OPTIONS)).rejects.toThrow(
      /dumps is a folder: name the file/,
    );
  });
});
