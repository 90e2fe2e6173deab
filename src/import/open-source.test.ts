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

  test.each<{ name: string; content: string | Buffer; kinds: string[] }>([
    { name: "a dump", content: dump, kinds: ["app"] },
    { name: "a dump after a mark and empty lines", content: `\ufeff\n\n ${dump}`, kinds: ["app"] },
    { name: "a packed dump", content: gzipSync(dump), kinds: ["app"] },
    {
      name: "a dump packed in two parts",
      content: Buffer.concat([gzipSync(dump.slice(0, 30)), gzipSync(dump.slice(30))]),
      kinds: ["app"],
    },
    { name: "an export", content: exported, kinds: [] },
    { name: "a packed export", content: gzipSync(exported), kinds: [] },
  ])("recognizes $name by its content", async ({ content, kinds }) => {
    using folder = tempFolder();
    const path = join(folder.path, "file");
    writeFileSync(path, content);
    const source = await openFrom(path, OPTIONS);
    expect((await allOf(source)).map(({ kind }) => kind)).toEqual(kinds as "app"[]);
    expect(source.name).toBe(path);
    await source.close();
  });

  test.each<{ name: string; content: string | Buffer | null; message: RegExp }>([
    { name: "nothing", content: null, message: /^there is no file .*\/file$/ },
    { name: "an empty file", content: "", message: /file is empty$/ },
    { name: "an empty gzip", content: gzipSync(""), message: /file is empty$/ },
    {
      name: "a broken gzip",
      content: Buffer.of(0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
      message: /file cannot be decompressed: gzip/,
    },
    { name: "UTF-16", content: Buffer.from(`\ufeff${dump}`, "utf16le"), message: /is in UTF-16/ },
    { name: "something else", content: "%PDF-1.4", message: /has none of the tables/ },
    ...[
      { name: "zip", bytes: "504b030414", message: /a zip archive.*: unpack it first, by unzip$/ },
      { name: "xz", bytes: "fd377a585a00", message: /compressed by xz.*by xz -d$/ },
      { name: "zstd", bytes: "28b52ffd", message: /compressed by zstd.*by zstd -d$/ },
      { name: "bzip2", bytes: "425a6839", message: /compressed by bzip2.*by bunzip2$/ },
      { name: "lz4", bytes: "04224d18", message: /compressed by lz4.*by lz4 -d$/ },
      { name: "7z", bytes: "377abcaf271c", message: /a 7z archive.*by 7z x$/ },
      {
        name: "SQLite",
        bytes: Buffer.from("SQLite format 3\0").toString("hex"),
        message: /an SQLite database.*sqlite3 <file> \.dump$/,
      },
    ].map(({ bytes, ...row }) => ({ ...row, content: Buffer.from(bytes, "hex") })),
  ])("refuses $name", async ({ content, message }) => {
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
