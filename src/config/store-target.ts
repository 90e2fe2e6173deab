import { maskAddress } from "../core/address.ts";
import { parseZone, type ZoneMinutes } from "../core/zone.ts";
import type { Config } from "./schema.ts";
import { STORE_WORDS } from "./store-words.ts";

/** Where the data is kept, as the options say it, or the address in `store`. */
export type StoreTarget =
  | { driver: "lmdb" }
  | {
      driver: "redis";
      redis: {
        host: string;
        port: number;
        password: string;
        db: number;
        tls: boolean;
        /** Seconds; 0 for never. */
        idleTimeout: number;
      };
    }
  | {
      driver: "mysql";
      mysql: {
        host: string;
        port: number;
        user: string;
        password: string;
        database: string;
        tls: boolean;
      };
      /** Of the database's datetimes. */
      zone: ZoneMinutes;
      /** Whether statements are logged. */
      debug: boolean;
    };

const DRIVERS: Record<string, { driver: "redis" | "mysql"; tls: boolean }> = {
  "redis:": { driver: "redis", tls: false },
  "rediss:": { driver: "redis", tls: true },
  "mysql:": { driver: "mysql", tls: false },
  "mysqls:": { driver: "mysql", tls: true },
};

/** What is wrong with an address, or null when nothing is. */
export function storeAddressProblem(address: string): string | null {
  if (address === "") return null;
  const url = URL.canParse(address) ? new URL(address) : null;
  const named = url && DRIVERS[url.protocol];
  const isRight =
    url !== null &&
    named != null &&
    url.hostname !== "" &&
    url.search === "" &&
    url.hash === "" &&
    (named.driver === "redis" ? /^(\/\d{0,4})?$/ : /^\/[^/]+$/).test(url.pathname);
  return isRight ? null : `must be an address such as ${STORE_WORDS}`;
}

/** Whether an address holds a password. */
export const hasPassword = (address: string): boolean => maskAddress(address) !== address;

/** The driver that an address names; null without one. */
export const driverOf = (address: string): "redis" | "mysql" | null =>
  address === "" ? null : (DRIVERS[new URL(address).protocol]?.driver ?? null);

/** Where a shared store is, for people. */
export const addressOf = (target: Exclude<StoreTarget, { driver: "lmdb" }>): string =>
  target.driver === "redis"
    ? `redis://${target.redis.host}:${target.redis.port}/${target.redis.db}`
    : `mysql://${target.mysql.host}:${target.mysql.port}/${target.mysql.database}`;

/** Where the data is kept, of a configuration without mistakes. */
export function storeTarget(config: Config): StoreTarget {
  const url = config.store === "" ? null : new URL(config.store);
  const text = (encoded: string | undefined, option: string): string =>
    url === null ? option : decodeURIComponent(encoded ?? "");
  const host = url?.hostname.replace(/^\[|\]$/g, "");
  const path = url?.pathname.slice(1);
  const tls = url === null ? null : (DRIVERS[url.protocol]?.tls ?? false);
  switch (driverOf(config.store) ?? config.dbdriver) {
    case "redis":
      return {
        driver: "redis",
        redis: {
          host: host ?? config["redis.host"],
          port: Number(url?.port || 0) || config["redis.port"],
          password: text(url?.password, config["redis.password"]),
          db: url === null ? config["redis.db"] : Number(path || 0),
          tls: tls ?? config["redis.tls"],
          idleTimeout: config["redis.timeout"],
        },
      };
    case "mysql":
      return {
        driver: "mysql",
        mysql: {
          host: host ?? config["mysql.host"],
          port: Number(url?.port || 0) || config["mysql.port"],
          user: text(url?.username, config["mysql.user"]),
          password: text(url?.password, config["mysql.password"]),
          database: text(path, config["mysql.db"]),
          tls: tls ?? config["mysql.tls"],
        },
        zone: parseZone(config["mysql.timezone"]) ?? 0,
        debug: config["mysql.debug"],
      };
    default:
      return { driver: "lmdb" };
  }
}
