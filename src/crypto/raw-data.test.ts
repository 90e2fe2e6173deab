import { expect, test } from "bun:test";
import vector from "../../test/vectors/raw-data.json";
import { signRawData } from "./raw-data.ts";

test("signRawData() returns the signature of WeChat's own sample", () => {
  expect(signRawData(vector.rawData, vector.sessionKey)).toBe(vector.signature);
});
