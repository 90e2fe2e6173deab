import { expect, test } from "bun:test";
import { Access } from "./access.ts";

const access = new Access("the-admin-key");

test.each([
  ["the admin key", { key: "the-admin-key", isLocal: false, isTrusted: false }, true, false],
  ["a wrong key", { key: "the-admin-kez", isLocal: false, isTrusted: false }, false, false],
  ["a wrong key from a trusted network", { key: "x", isLocal: true, isTrusted: true }, false, false],
  ["an empty key", { key: "", isLocal: true, isTrusted: true }, false, false],
  ["no key", { key: null, isLocal: false, isTrusted: false }, false, false],
  ["no key from this machine", { key: null, isLocal: true, isTrusted: false }, false, true],
  ["no key from a trusted network", { key: null, isLocal: false, isTrusted: true }, true, false],
])("a caller with %s", (_what, caller, isAdmin, mayRegisterFirst) => {
  expect(access.isAdmin(caller)).toBe(isAdmin);
  expect(access.mayRegisterFirst(caller)).toBe(mayRegisterFirst);
});
