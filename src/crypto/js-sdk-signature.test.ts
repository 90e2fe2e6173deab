import { expect, test } from "bun:test";
import vector from "../../test/vectors/js-sdk.json";
import { signJsSdk } from "./js-sdk-signature.ts";

test("signJsSdk() returns the signature of the vendor's sample, with and without a fragment", () => {
  expect(signJsSdk(vector)).toBe(vector.signature);
  expect(signJsSdk({ ...vector, url: `${vector.url}#/page` })).toBe(vector.signature);
});
