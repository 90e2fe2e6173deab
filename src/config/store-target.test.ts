import { expect, test } from "bun:test";
import { maskAddress } from "../core/address.ts";
import { loadConfig } from "./load.ts";
import {
  dataPlace,
  embeddedData,
  isStoreShared,
  requireEmbedded,
  type StoreTarget,
  storeAddressProblem,
  storeTarget,
} from "./store-target.ts";

const target = (environment: Record<string, string>) =>
  storeTarget(loadConfig({ flags: {}, environment, file: null }).config);

test.each<{ environment: Record<string, string>; expected: StoreTarget }>([
  { environment: {}, expected: { driver: "lmdb", options: {} } },
  {
    environment: {
      WAFERD_DBDRIVER: "redis",
      WAFERD_REDIS_HOST: "r",
      WAFERD_REDIS_PORT: "1",
      WAFERD_REDIS_DB: "2",
      WAFERD_REDIS_PASSWORD: "p",
      WAFERD_REDIS_TLS: "on",
      WAFERD_REDIS_TIMEOUT: "30",
    },
    expected: {
      driver: "redis",
      options: { host: "r", port: 1, password: "p", db: 2, tls: true, idleTimeout: 30 },
    },
  },
  {
    environment: {
      WAFERD_DBDRIVER: "mysql",
      WAFERD_MYSQL_USER: "u",
      WAFERD_MYSQL_TIMEZONE: "-03:30",
    },
    expected: {
      driver: "mysql",
      options: {
        host: "127.0.0.1",
        port: 3306,
        user: "u",
        password: "",
        database: "cAuth",
        tls: false,
        zone: -210,
        logsStatements: false,
      },
    },
  },
])("storeTarget() reads the options of $expected.driver", ({ environment, expected }) => {
  expect(target(environment)).toEqual(expected);
});

test.each([
  {
    store: "redis://h",
    expected: { driver: "redis", options: { host: "h", port: 6379, db: 0, tls: false } },
  },
  {
    store: "rediss://:p%40%3A%2F@[::1]:7/3",
    expected: {
      driver: "redis",
      options: { host: "::1", port: 7, password: "p@:/", db: 3, tls: true },
    },
  },
  {
    store: "mysql://us%65r:p%2F@db.example:1/wafer",
    expected: {
      driver: "mysql",
      options: {
        host: "db.example",
        port: 1,
        user: "user",
        password: "p/",
        database: "wafer",
        tls: false,
      },
    },
  },
  {
    store: "mysqls://u@h/w",
    expected: { driver: "mysql", options: { port: 3306, password: "", tls: true } },
  },
])("storeTarget() reads the address $store", ({ store, expected }) => {
  expect(target({ WAFERD_STORE: store })).toMatchObject(expected);
});

test("storeTarget() takes the port of an address without one from the driver's options", () => {
  const { options } = target({ WAFERD_STORE: "redis://h", WAFERD_REDIS_PORT: "7" });
  expect(options).toMatchObject({ port: 7 });
});

test.each([
  "redis://",
  "redis://h/x",
  "mysql://h",
  "mysql://h/a/b",
  "postgres://h/d",
  "h:1",
  "redis://h/0?x=1",
  "mysql://u:%zz@h/d",
])("storeAddressProblem(%p) shows a correct address", (address) => {
  expect(storeAddressProblem(address)).toMatch(/^must be an address such as redis:\/\//);
});

test.each([
  { address: "redis://:s3cret@h:1/0", masked: "redis://:***@h:1/0" },
  { address: "mysql://u:a:b%40@h/w", masked: "mysql://u:***@h/w" },
  { address: "mysql://root:s3/c:r@et@h/db", masked: "mysql://root:***@h/db" },
  { address: "MYSQL://root:s3cret@h/db", masked: "MYSQL://root:***@h/db" },
  { address: "redis://h/0", masked: "redis://h/0" },
  { address: "redis://user@h", masked: "redis://user@h" },
])("maskAddress($address) is $masked", ({ address, masked }) => {
  expect(maskAddress(address)).toBe(masked);
});

test.each([
  { environment: { WAFERD_DATA_DIR: "/srv/w" }, place: "/srv/w", file: "/srv/w/data.mdb" },
  { environment: { WAFERD_STORE: "rediss://:secret@h:7/3" }, place: "redis://h:7/3", file: null },
  {
    environment: { WAFERD_STORE: "mysql://u:secret@h/w" },
    place: "mysql://h:3306/w",
    file: null,
  },
])("dataPlace() is $place, without a password", ({ environment, place, file }) => {
  const { config } = loadConfig({ flags: {}, environment, file: null });
  expect(dataPlace(config)).toBe(place);
  expect(embeddedData(config)?.file ?? null).toBe(file);
  expect(isStoreShared(config)).toBe(file === null);
});

test.each([
  { store: "redis://h", advice: /is in Redis: use its own RDB or AOF files, or waferd export/ },
  { store: "mysql://u:p@h/w", advice: /is in MySQL: use mysqldump, or waferd export/ },
])("requireEmbedded() refuses $store, with the way to back it up", ({ store, advice }) => {
  const { config } = loadConfig({ flags: {}, environment: { WAFERD_STORE: store }, file: null });
  expect(() => requireEmbedded(config)).toThrow(advice);
});

test("requireEmbedded() returns the embedded driver", () => {
  const { config } = loadConfig({ flags: {}, environment: {}, file: null });
  expect(requireEmbedded(config)).toBe("lmdb");
});
