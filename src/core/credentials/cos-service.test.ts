import { expect, test } from "bun:test";
import { TestClock } from "../../../test/harness/clock.ts";
import v4 from "../../../test/vectors/cos-v4.json";
import { CosService } from "./cos-service.ts";

const { appid, bucket, secretId, secretKey, now } = v4;
const service = new CosService({
  clock: new TestClock(Number(now) * 1000 + 999),
  random: { hex: () => Number(v4.random).toString(16) },
});
const account = { appid, bucket, secretId, secretKey };

test("signJson() with an expiry and no file gives the vendor's signature for the whole bucket", () => {
  const request = { ...account, expiresAt: v4.reusable.expiration, filepath: null };
  expect(service.signJson(request)).toBe(v4.reusable.signature);
});

test("signJson() without an expiry signs an expiry of 0, which allows one request", () => {
  const signature = service.signJson({ ...account, expiresAt: null, filepath: "a" });
  expect(Buffer.from(signature, "base64").toString("latin1")).toContain(`&e=0&t=${now}&`);
});

const request = { secretId, secretKey, method: "GET", path: "/", parameters: {}, headers: {} };

test.each([
  { name: "no times", given: {}, from: 0, to: 900 },
  { name: "a start", given: { startsAt: Number(now) + 5 }, from: 5, to: 905 },
  {
    name: "a start and an end",
    given: { startsAt: Number(now) + 5, expiresAt: Number(now) + 7 },
    from: 5,
    to: 7,
  },
])(
  "signXml() with $name is valid from second $from to second $to after now",
  ({ given, from, to }) => {
    const times = { startsAt: Number(now) + from, expiresAt: Number(now) + to };
    const signed = service.signXml({ ...request, ...given });
    expect(signed).toMatchObject(times);
    expect(signed.signature).toContain(`q-sign-time=${times.startsAt};${times.expiresAt}&`);
  },
);
