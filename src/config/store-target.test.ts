import { expect, test } from "bun:test";
import { maskAddress } from "../core/address.ts";
import { loadConfig } from "./load.ts";
import { storeAddressProblem, storeTarget } from "./store-target.ts";

const target = (environment: Record<string, string>) =>
  storeTarget(loadConfig({ flags: {}, environment, file: null }).config);

test("storeTarget() of the options of each driver", () => {
  expect(target({})).toEqual({ driver: "lmdb" });
  expect(
    target({
      WAFERD_DBDRIVER: "redis",
      WAFERD_REDIS_HOST: "r",
      WAFERD_REDIS_PORT: "1",
      WAFERD_REDIS_DB: "2",
      WAFERD_REDIS_PASSWORD: "p",
      WAFERD_REDIS_TLS: "on",
      WAFERD_REDIS_TIMEOUT: "30",
    }),
  ).toEqual({
    driver: "redis",
    redis: { host: "r", port: 1, password: "p", db: 2, tls: true, idleTimeout: 30 },
  });
  expect(
    target({ WAFERD_DBDRIVER: "mysql", WAFERD_MYSQL_USER: "u", WAFERD_MYSQL_TIMEZONE: "-03:30" }),
  ).toEqual({
    driver: "mysql",
    mysql: {
      host: "127.0.0.1",
      port: 3306,
      user: "u",
      password: "",
      database: "cAuth",
      tls: false,
    },
    zone: -210,
    debug: false,
  });
});

test.each<[string, object]>([
  [
    "redis://h",
    { driver: "redis", redis: { host: "h", port: 6379, password: "", db: 0, tls: false } },
  ],
  [
    "rediss://:p%40%3A%2F@[::1]:7/3",
    { driver: "redis", redis: { host: "::1", port: 7, password: "p@:/", db: 3, tls: true } },
  ],
  [
    "mysql://us%65r:p%2F@db.example:1/wafer",
    {
      mysql: {
        host: "db.example",
        port: 1,
        user: "user",
        password: "p/",
        database: "wafer",
        tls: false,
      },
    },
  ],
  ["mysqls://u@h/w", { mysql: { port: 3306, password: "", tls: true } }],
])("storeTarget() of the address %s", (store, expected) => {
  expect(target({ WAFERD_STORE: store })).toMatchObject(expected);
});

test.each([
  "redis://",
  "redis://h/x",
  "mysql://h",
  "mysql://h/a/b",
  "postgres://h/d",
  "h:1",
  "redis://h/0?x=1",
])("storeAddressProblem(%p) says what would be right", (address) => {
  expect(storeAddressProblem(address)).toMatch(/^must be an address such as redis:\/\//);
});

test("maskAddress() hides the password, also one with signs in it", () => {
  expect(maskAddress("redis://:s3cret@h:1/0")).toBe("redis://:***@h:1/0");
  expect(maskAddress("mysql://u:a:b%40@h/w")).toBe("mysql://u:***@h/w");
  expect(maskAddress("redis://h/0")).toBe("redis://h/0");
});
