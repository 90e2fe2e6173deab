import { expect, test } from "bun:test";
import vector from "../../test/vectors/session-signature.json";
import { signWithSessionKey } from "./session-signature.ts";

test.each(vector.cases)(
  "signWithSessionKey() of $message returns the known answer",
  ({ message, signature }) => {
    expect(signWithSessionKey(message, vector.sessionKey)).toBe(signature);
  },
);
