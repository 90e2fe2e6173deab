import { expect, test } from "bun:test";
import { parseClientJson } from "./client-json.ts";

/** Each character is a byte. */
const parse = (bytes: string) => parseClientJson(Buffer.from(bytes, "latin1"));
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

const CONTROLS = String.fromCharCode(...Array(32).keys());
const CESU_8_SMILE = "\xed\xa0\xbd\xed\xb8\x80";

test.each([
  { name: "every control character", bytes: `{"a":"${CONTROLS}"}`, a: CONTROLS },
  { name: "a raw line end after an escaped quote", bytes: '{"a":"\\"\n"}', a: '"\n' },
  { name: "a raw tab after an escaped backslash", bytes: '{"a":"\\\\\t"}', a: "\\\t" },
  { name: "DEL, which JSON allows", bytes: '{"a":"\x7f"}', a: "\x7f" },
  { name: "trailing NULs", bytes: '{"a":"b"}\0\0\0', a: "b" },
  { name: "line ends between members", bytes: '\r\n{\n\t"a" : "b"\r\n}\n', a: "b" },
  { name: "a byte order mark", bytes: '\xef\xbb\xbf{"a":"b"}', a: "b" },
  { name: "a byte that is not UTF-8", bytes: '{"a":"b\xff"}', a: "b\ufffd" },
  { name: "a character that is cut", bytes: '{"a":"\xf0\x9f\x98"}', a: "\ufffd" },
  { name: "CESU-8", bytes: `{"a":"${CESU_8_SMILE}"}`, a: "\ufffd".repeat(6) },
  { name: "U+FFFD as such", bytes: utf8('{"a":"\ufffd"}'), a: "\ufffd" },
  { name: "emoji and Chinese", bytes: utf8('{"a":"😀你好"}'), a: "😀你好" },
  { name: "an escaped lone surrogate", bytes: '{"a":"\\ud83d"}', a: "\ud83d" },
  { name: "brackets in strings", bytes: `{"a":"${"[{".repeat(99)}"}`, a: "[{".repeat(99) },
])("parseClientJson() accepts $name", ({ bytes, a }) => {
  const { members, text } = parse(bytes);
  expect(members).toEqual({ a });
  expect(JSON.parse(text)).toEqual({ a });
});

test.each([
  { name: "nothing", bytes: "" },
  { name: "NULs only", bytes: "\0\0" },
  { name: "an array", bytes: "[]" },
  { name: "null", bytes: "null" },
  { name: "a control character between members", bytes: '{\x14"a":1}' },
  { name: "a NUL before white space", bytes: '{"a":1}\0\n' },
  { name: "a control character after a backslash", bytes: '{"a":"\\\n"}' },
  { name: "an open string", bytes: '{"a":"b' },
  { name: "a backslash at the end", bytes: '{"a":"b\\' },
  { name: "a byte that is not UTF-8 between members", bytes: '{\xff"a":1}' },
  { name: "a depth of 65", bytes: `{"a":${"[".repeat(64)}${"]".repeat(64)}}` },
  { name: "a depth of 100 000", bytes: `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)}}` },
])("parseClientJson() of $name has no members", ({ bytes }) => {
  expect(parse(bytes).members).toBeNull();
});

test("parseClientJson() accepts a depth of 64", () => {
  expect(parse(`{"a":${"[".repeat(63)}${"]".repeat(63)}}`).members).not.toBeNull();
});

test.each([
  { name: "a plain text", bytes: utf8('{"a":"😀"}'), irregular: 0 },
  { name: "tabs and line ends", bytes: '{"a":"\t\r\n"}', irregular: 0 },
  { name: "surrogates of CESU-8", bytes: `{"a":"${CESU_8_SMILE.repeat(5)}"}`, irregular: 0 },
  { name: "a surrogate of CESU-8 without its other", bytes: '{"a":"\xed\xa0\xbd"}', irregular: 0 },
  { name: "U+FFFD as such", bytes: utf8('{"a":"\ufffd\ufffd"}'), irregular: 0 },
  { name: "two control characters", bytes: '{"a":"\x14\0"}', irregular: 2 },
  { name: "a cut character and a lone byte", bytes: '{"a":"\xf0\x9f\x98.\xff"}', irregular: 2 },
  { name: "all together", bytes: `{"a":"\xff\x01${CESU_8_SMILE}${utf8("\ufffd")}"}`, irregular: 2 },
])("parseClientJson() of $name has $irregular irregular pieces", ({ bytes, irregular }) => {
  expect(parse(bytes).irregular).toBe(irregular);
});

test("parseClientJson() replaces what is not UTF-8 as TextDecoder does", () => {
  // Lead bytes, continuation bytes and their limits meet often.
  const alphabet = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe4];
  alphabet.push(0xed, 0xee, 0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff);
  for (let round = 0; round < 2000; round += 1) {
    const digest = new Bun.CryptoHasher("sha256").update(String(round)).digest();
    const bytes = Buffer.from(digest.map((byte) => alphabet[byte % alphabet.length] ?? 0));
    const expected = new TextDecoder().decode(bytes);
    expect(
      parseClientJson(Buffer.from(`{"a":"${bytes.toString("latin1")}"}`, "latin1")).members,
    ).toEqual({ a: expected });
  }
});
