import { expect, test } from "bun:test";
import { limitRates } from "./limits.ts";
import { loadConfig } from "./load.ts";

const ratesOf = (flags: object) =>
  limitRates(loadConfig({ flags, environment: {}, file: null }).config);

test("limitRates() returns the rates of a configuration, null for a limit that is off", () => {
  expect(ratesOf({})).toEqual({
    failed_logins: { count: 60, seconds: 60, burst: 60 },
    logins: null,
    failed_keys: { count: 10, seconds: 60, burst: 10 },
    failed_decryptions: { count: 20, seconds: 3600, burst: 20 },
    gateway: null,
  });
  expect(ratesOf({ "limits.logins": "600/60:20", "limits.failed_keys": "off" })).toMatchObject({
    logins: { count: 600, seconds: 60, burst: 20 },
    failed_keys: null,
  });
});
