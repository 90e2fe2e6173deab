import { expect, test } from "bun:test";
import vector from "../../test/vectors/user-data.json";
import { decryptUserData, encryptUserData, UserDataError } from "./user-data.ts";

const { encryptedData, sessionKey, iv, plain } = vector;

test("decryptUserData() gives the plain text of WeChat's own sample", () => {
  expect(decryptUserData(encryptedData, sessionKey, iv)).toBe(plain);
});

test("decryptUserData() mends pluses that became spaces", () => {
  const damage = (text: string) => text.replaceAll("+", " ");
  expect(encryptedData).toContain("+");
  expect(decryptUserData(damage(encryptedData), damage(sessionKey), damage(iv))).toBe(plain);
});

test("decryptUserData() without iv takes the key as iv", () => {
  expect(
    decryptUserData(encryptUserData('{"old":"scheme"}', sessionKey, null), sessionKey, null),
  ).toBe('{"old":"scheme"}');
});

test("encryptUserData() gives WeChat's own sample back", () => {
  expect(encryptUserData(plain, sessionKey, iv)).toBe(encryptedData);
});

test.each([
  ["another key", encryptedData, "AAAAAAAAAAAAAAAAAAAAAA==", iv, "bad padding"],
  ["a short key", encryptedData, "AAAA", iv, "session_key is not 16 bytes of Base64"],
  [
    "a long iv",
    encryptedData,
    sessionKey,
    `${iv.slice(0, -2)}AAAA`,
    "iv is not 16 bytes of Base64",
  ],
  ["an iv that is no Base64", encryptedData, sessionKey, "!", "iv is not Base64"],
  ["data that is no Base64", "{}", sessionKey, iv, "encrypt_data is not Base64"],
  ["no data", "", sessionKey, iv, "encrypt_data is not a whole number of 16-byte blocks"],
  [
    "half a block",
    "AAAAAAAAAAA=",
    sessionKey,
    iv,
    "encrypt_data is not a whole number of 16-byte blocks",
  ],
])(
  "decryptUserData() of %s throws a UserDataError with the reason",
  (_what, data, key, vectorIv, reason) => {
    expect(() => decryptUserData(data, key, vectorIv)).toThrow(new UserDataError(reason));
  },
);

test("decryptUserData() of bytes that are no UTF-8 throws a UserDataError", () => {
  // Another iv bends the first block only, here into a lone continuation byte.
  const bent = Buffer.from(iv, "base64");
  bent[0] = (bent[0] ?? 0) ^ 0xff;
  expect(() => decryptUserData(encryptedData, sessionKey, bent.toString("base64"))).toThrow(
    new UserDataError("not UTF-8"),
  );
});
