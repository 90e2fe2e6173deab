import { expect, test } from "bun:test";
import { loginRequest, MAX_CODE_LENGTH } from "./login-request.ts";

const SILENT = { appid: null, code: "c", encryptedData: null, iv: null };

test.each([
  { when: "only a code", members: {}, userData: null },
  { when: "the longest code", members: { code: "c".repeat(MAX_CODE_LENGTH) }, userData: null },
  {
    when: "encrypted data and an iv",
    members: { encryptedData: "e", iv: "i" },
    userData: { encryptedData: "e", iv: "i" },
  },
  {
    when: "encrypted data without an iv",
    members: { encryptedData: "e" },
    userData: { encryptedData: "e", iv: null },
  },
])("loginRequest() of $when returns the request", ({ members, userData }) => {
  const given = { ...SILENT, ...members };
  expect(loginRequest(given)).toMatchObject({ appid: null, code: given.code, userData });
});

test.each([
  { when: "no code", members: { code: null }, reason: "code" },
  { when: "an empty code", members: { code: "" }, reason: "code" },
  {
    when: "a code that is too long",
    members: { code: "c".repeat(MAX_CODE_LENGTH + 1) },
    reason: "code",
  },
  { when: "an iv without data", members: { iv: "i" }, reason: "data" },
  {
    when: "an iv with empty data",
    members: { encryptedData: "", iv: "i" },
    reason: "data",
  },
])("loginRequest() of $when fails with the protocol's name of the member", (row) => {
  const spellings = { code: "code", encryptedData: "data" };
  expect(loginRequest({ ...SILENT, ...row.members }, spellings)).toMatchObject({
    code: "badParameter",
    detail: { reason: row.reason },
  });
});
