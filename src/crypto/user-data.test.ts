import { expect, test } from "bun:test";
import vector from "../../test/vectors/user-data.json";
import { decryptUserData, encryptUserData, UserDataError } from "./user-data.ts";

const { encryptedData, sessionKey, iv, plain } = vector;

test("decryptUserData() returns the plain text of WeChat's own sample", () => {
  expect(decryptUserData(encryptedData, sessionKey, iv)).toBe(plain);
});

test("decryptUserData() accepts spaces in place of pluses", () => {
  const damage = (text: string) => text.replaceAll("+", " ");
  expect(encryptedData).toContain("+");
  expect(decryptUserData(damage(encryptedData), damage(sessionKey), damage(iv))).toBe(plain);
});

test("decryptUserData() without iv uses the key as iv", () => {
  expect(
    decryptUserData(encryptUserData('{"old":"scheme"}', sessionKey, null), sessionKey, null),
  ).toBe('{"old":"scheme"}');
});

test("encryptUserData() returns WeChat's own sample", () => {
  expect(encryptUserData(plain, sessionKey, iv)).toBe(encryptedData);
});

test.each([
  {
    data: "another key",
    encrypted: encryptedData,
    key: "AAAAAAAAAAAAAAAAAAAAAA==",
    vectorIv: iv,
    reason: "bad padding",
  },
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
  "decryptUserData() of $data throws a UserDataError with the reason",
  ({ encrypted, key, vectorIv, reason }) => {
    expect(() => decryptUserData(encrypted, key, vectorIv)).toThrow(new UserDataError(reason));
  },
);

test("decryptUserData() of bytes that are not UTF-8 throws a UserDataError", () => {
  // Another iv changes the first block only, here into a lone continuation byte.
  const changed = Buffer.from(iv, "base64");
  changed[0] = (changed[0] ?? 0) ^ 0xff;
  expect(() => decryptUserData(encryptedData, sessionKey, changed.toString("base64"))).toThrow(
    new UserDataError("not UTF-8"),
  );
});
