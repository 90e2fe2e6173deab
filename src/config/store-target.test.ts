import { expect, test } from "bun:test";
import { maskAddress } from "../core/address.ts";
import { loadConfig } from "./load.ts";
import {
  dataPlace,
  embeddedData,
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
      options: { host: "r", port: 1, user: "", password: "p", db: 2, tls: true, idleTimeout: 30 },
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
      options: { host: "::1", port: 7, user: "", password: "p@:/", db: 3, tls: true },
    },
  },
  {
    store: " redis://waf%65r:p:%25@10.0.0.1/2\n",
    expected: {
      driver: "redis",
      options: { host: "10.0.0.1", port: 6379, user: "wafer", password: "p:%", db: 2 },
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
  { store: "redis://", says: "it names no host" },
  { store: "redis:h", says: "two slashes must follow redis:" },
  { store: "redis://h/x", says: "the database has to be a number" },
  { store: "redis://h/0/1", says: "the database has to be a number" },
  { store: "redis://h/0?x=1", says: "it has something behind the database" },
  { store: "redis://h?x=1", says: "the host is not an address or a host name" },
  { store: "mysql://u:p@h", says: "it names no database" },
  { store: "mysql://u:p@h/a/b", says: "it names no database" },
  {
    store: "redis://:50%off@h/0",
    says: "the password has a % at its character 3 that is not followed by two hex digits",
  },
  { store: "redis://us%er:x@h/0", says: "the user name has a % at its character 3" },
  { store: "mysql://u:p@h/d%b", says: "the database has a % at its character 2" },
  { store: "mysql://u:%ff@h/d", says: "the password is percent-encoded, but not in UTF-8" },
  { store: "redis://h%zz/0", says: "the host is not an address or a host name" },
  { store: "redis://:a/b@h/0", says: 'the password contains "/": write it as %2F' },
  { store: "mysql://u:a#b@h/d", says: 'the password contains "#": write it as %23' },
  { store: "mysql://u:a@b@h/d", says: 'the password contains "@": write it as %40' },
  { store: "redis://h:70000/0", says: "the port must be a number from 1 to 65535" },
  { store: "redis://h:0/0", says: "the port must be a number" },
  { store: "redis://h:x/0", says: "the port must be a number" },
  { store: "redis://[::1/0", says: "an IPv6 address stands in brackets" },
  { store: "redis://::1/0", says: "an IPv6 address stands in brackets" },
  { store: "redis://[h]/0", says: "the host is not an address" },
  { store: "mysql://u:p@h1:3306,h2/db", says: "it names several hosts: name one" },
  { store: "redis+sentinel://h1:26379,h2/mymaster/0", says: "Redis Sentinel is not supported" },
  { store: "redis-cluster://h", says: "Redis Cluster is not supported" },
  { store: "mariadb://u:p@h/d", says: "begin with mysql://" },
  { store: "postgres://h/d", says: "it must begin with redis://" },
  { store: "h:1", says: "it must begin with redis://" },
])("storeAddressProblem() of $store says: $says", ({ store, says }) => {
  const problem = storeAddressProblem(store);
  expect(problem).toMatch(/^must be an address such as (redis|mysql)s?:\/\//);
  expect(problem).toContain(says);
  // Nothing of the password.
  expect(problem).not.toContain("50%off");
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
