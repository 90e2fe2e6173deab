import { expect, test } from "bun:test";
import { createSealer, UnsealError } from "./seal.ts";

const sealer = createSealer(Buffer.alloc(32, 7));
const place = "apps:wx1:appSecret";

test("open() returns the text that seal() took", () => {
  for (const text of ["", "secret", "😀 secret"])
    expect(sealer.open(sealer.seal(text, place), place)).toBe(text);
});

test("seal() hides the text, and returns different bytes each time", () => {
  const sealed = sealer.seal("secret", place);
  expect(sealed.includes("secret")).toBe(false);
  expect(sealed.equals(sealer.seal("secret", place))).toBe(false);
});

test("open() throws an UnsealError for another place, another key, and any changed byte", () => {
  const sealed = sealer.seal("secret", place);
  expect(() => sealer.open(sealed, "apps:wx2:appSecret")).toThrow(UnsealError);
  expect(() => createSealer(Buffer.alloc(32, 8)).open(sealed, place)).toThrow(UnsealError);
  expect(() => sealer.open(sealed.subarray(0, 20), place)).toThrow(UnsealError);
  for (let index = 0; index < sealed.length; index += 1) {
    const bent = Buffer.from(sealed);
    bent[index] = (bent[index] ?? 0) ^ 1;
    expect(() => sealer.open(bent, place)).toThrow(UnsealError);
  }
});

test("createSealer() refuses a key of another length than 32 bytes", () => {
  expect(() => createSealer(Buffer.alloc(16))).toThrow(RangeError);
});

test("open() opens test case 14 of NIST's AES-256-GCM, laid out as a sealed value", () => {
  // Key, nonce and plain text are zero; there is no additional data.
  const zero = createSealer(Buffer.alloc(32));
  const sealed = Buffer.concat([
    Buffer.of(1),
    Buffer.alloc(12),
    Buffer.from("cea7403d4d606b6e074ec5d3baf39d18", "hex"),
    Buffer.from("d0d1c8a799996bf0265b98b5d48ab919", "hex"),
  ]);
  expect(zero.open(sealed, "")).toBe("\0".repeat(16));
});
