import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { CutOffError, gunzip } from "./gzip.ts";

/** Does not compress well, so that the file has many blocks. */
const TEXT = Buffer.from(
  Array.from({ length: 20_000 }, (_, row) => `${row} ${Bun.hash(String(row))}\n`).join(""),
);
const PACKED = gzipSync(TEXT);

/** Reads a file, and returns its text and why it ended before its end. */
async function read(bytes: Uint8Array): Promise<{ text: Buffer; problem: string | null }> {
  using folder = tempFolder();
  const path = join(folder.path, "file.gz");
  writeFileSync(path, bytes);
  const pieces: Buffer[] = [];
  let problem: string | null = null;
  try {
    for await (const piece of gunzip(path)) pieces.push(piece);
  } catch (error) {
    if (!(error instanceof CutOffError)) throw error;
    problem = error.message;
  }
  return { text: Buffer.concat(pieces), problem };
}

const changed = (at: number): Buffer => {
  const bytes = Buffer.from(PACKED);
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  return bytes;
};
/** A member with an extra field, a name, a comment and a checksum of its header. */
const decorated = Buffer.concat([
  Buffer.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3),
  Buffer.from("dump.sql\0a comment\0"),
  Buffer.of(0, 0),
  PACKED.subarray(10),
]);
const WHOLE = { text: TEXT, problem: null };
const BEHIND = /^gzip: what follows the end of the compressed data, from byte \d+ on/;

test.each<{ name: string; bytes: Buffer; text: Buffer; problem: RegExp | null }>([
  { name: "one member", bytes: PACKED, ...WHOLE },
  { name: "every part of a header", bytes: decorated, ...WHOLE },
  {
    name: "two members",
    bytes: Buffer.concat([PACKED, PACKED]),
    text: Buffer.concat([TEXT, TEXT]),
    problem: null,
  },
  { name: "zeros behind it", bytes: Buffer.concat([PACKED, Buffer.alloc(70_000)]), ...WHOLE },
  {
    name: "zeros between two members",
    bytes: Buffer.concat([PACKED, Buffer.alloc(70_000), PACKED]),
    text: Buffer.concat([TEXT, TEXT]),
    problem: null,
  },
  {
    name: "something else behind it",
    bytes: Buffer.concat([PACKED, Buffer.from("rest")]),
    text: TEXT,
    problem: BEHIND,
  },
  {
    name: "a member behind something else",
    bytes: Buffer.concat([PACKED, Buffer.from("x"), PACKED]),
    text: TEXT,
    problem: BEHIND,
  },
  {
    name: "a wrong checksum",
    bytes: changed(PACKED.length - 6),
    text: TEXT,
    problem: /^gzip: the checksum is wrong$/,
  },
  {
    name: "an unknown method",
    bytes: Buffer.of(0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0, 0),
    text: Buffer.alloc(0),
    problem: /unknown method/,
  },
])("gunzip() of $name returns the text, and what is wrong", async ({ bytes, text, problem }) => {
  const found = await read(bytes);
  expect(found.text.equals(text)).toBe(true);
  if (problem === null) expect(found.problem).toBeNull();
  else expect(found.problem).toMatch(problem);
});

test("gunzip() of a file that is cut anywhere returns the text before the cut, and says so", async () => {
  for (const part of [0, 1, 2, 3, 9, 10, 11, 1000, PACKED.length >> 1, -9, -8, -4, -1]) {
    const { text, problem } = await read(
      PACKED.subarray(0, part < 0 ? PACKED.length + part : part),
    );
    expect(problem).toBe("gzip: unexpected end of file");
    expect(text.equals(TEXT.subarray(0, text.length))).toBe(true);
    if (part === PACKED.length >> 1) expect(text.length).toBeGreaterThan(TEXT.length * 0.4);
    if (part < 0) expect(text.length).toBe(TEXT.length);
  }
});

test("gunzip() of a file with a changed byte never returns a whole text without a problem", async () => {
  for (let at = 10; at < PACKED.length; at += Math.ceil(PACKED.length / 40)) {
    const { problem } = await read(changed(at));
    expect(problem).toStartWith("gzip: ");
  }
});
