import { expect, test } from "bun:test";
import vector from "../../test/vectors/user-data.json";
import { decodeUserData, decryptUserData, encryptUserData, UserDataError } from "./user-data.ts";

const { encryptedData, sessionKey, iv, plain } = vector;

const decrypt = (data: string, key: string, ivUsed: string | null) => {
  const decrypted = decryptUserData(decodeUserData(data, ivUsed), key);
  return { text: decrypted.plain.toString(), isPadded: decrypted.isPadded };
};

test("decryptUserData() returns the plain text of WeChat's own sample", () => {
  expect(decrypt(encryptedData, sessionKey, iv)).toEqual({ text: plain, isPadded: true });
});

test.each([
  { name: "spaces in place of pluses", damage: (text: string) => text.replaceAll("+", " ") },
  {
    name: "line ends, as PHP's chunk_split() makes them",
    damage: (text: string) => text.replace(/.{1,76}/g, "$&\r\n"),
  },
  { name: "indented lines", damage: (text: string) => text.replace(/.{10}/g, "$&\n  ") },
  { name: "one encoding too many", damage: encodeURIComponent },
  {
    name: "the URL alphabet without padding",
    damage: (text: string) => Buffer.from(text, "base64").toString("base64url"),
  },
])("decryptUserData() accepts Base64 with $name", ({ damage }) => {
  expect(encryptedData).toMatch(/\+.*\//);
  expect(decrypt(damage(encryptedData), damage(sessionKey), damage(iv)).text).toBe(plain);
});

test("decryptUserData() without iv uses the key as iv", () => {
  const old = encryptUserData('{"old":"scheme"}', sessionKey, null);
  expect(decrypt(old, sessionKey, null).text).toBe('{"old":"scheme"}');
});

test("encryptUserData() returns WeChat's own sample", () => {
  expect(encryptUserData(plain, sessionKey, iv)).toBe(encryptedData);
});

/** Returns what a last block decrypts to, whatever its padding. */
function decryptBlock(block: number[]) {
  // The block is followed by a whole block of padding, which is cut off.
  const data = Buffer.from(encryptUserData(Buffer.from(block), sessionKey, iv), "base64");
  return decryptUserData({ data: data.subarray(0, 16), iv: Buffer.from(iv, "base64") }, sessionKey);
}

const block = (...end: number[]) => [...Array(16 - end.length).fill(0x61), ...end];

test.each([
  { name: "1 byte", bytes: block(1), length: 15 },
  { name: "3 bytes", bytes: block(3, 3, 3), length: 13 },
  { name: "16 bytes", bytes: Array(16).fill(16), length: 0 },
  { name: "a byte before it that looks like it", bytes: block(2, 2, 2), length: 14 },
])("decryptUserData() cuts padding of $name", ({ bytes, length }) => {
  const { plain: cut, isPadded } = decryptBlock(bytes);
  expect({ cut: [...cut], isPadded }).toEqual({ cut: bytes.slice(0, length), isPadded: true });
});

test.each([
  { name: "0", bytes: block(0) },
  { name: "17", bytes: Array(16).fill(17) },
  { name: "255", bytes: block(255) },
  { name: "2 after a 1", bytes: block(1, 2) },
  { name: "3 with a wrong first byte", bytes: block(4, 3, 3) },
  { name: "16 with a wrong first byte", bytes: [15].concat(Array(15).fill(16)) },
])("decryptUserData() of padding that ends in $name keeps all bytes", ({ bytes }) => {
  const { plain: kept, isPadded } = decryptBlock(bytes);
  expect({ kept: [...kept], isPadded }).toEqual({ kept: bytes, isPadded: false });
});

test.each([
  {
    data: "a short key",
    encrypted: encryptedData,
    key: "AAAA",
    vectorIv: iv,
    reason: "session_key is not 16 bytes of Base64",
  },
  {
    data: "a long iv",
    encrypted: encryptedData,
    key: sessionKey,
    vectorIv: `${iv.slice(0, -2)}AAAA`,
    reason: "iv is not 16 bytes of Base64",
  },
  {
    data: "an iv that is not Base64",
    encrypted: encryptedData,
    key: sessionKey,
    vectorIv: "!",
    reason: "iv is not Base64",
  },
  {
    data: "data that is not Base64",
    encrypted: "{}",
    key: sessionKey,
    vectorIv: iv,
    reason: "encrypt_data is not Base64",
  },
  {
    data: "no data",
    encrypted: "",
    key: sessionKey,
    vectorIv: iv,
    reason: "encrypt_data is not a whole number of 16-byte blocks",
  },
  {
    data: "half a block",
    encrypted: "AAAAAAAAAAA=",
    key: sessionKey,
    vectorIv: iv,
    reason: "encrypt_data is not a whole number of 16-byte blocks",
  },
])(
  "Encrypted user data: $data throws a UserDataError with the reason",
  ({ encrypted, key, vectorIv, reason }) => {
    expect(() => decrypt(encrypted, key, vectorIv)).toThrow(new UserDataError(reason));
  },
);
