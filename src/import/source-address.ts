import { StartError } from "../core/errors.ts";

const SCHEMES = {
  "redis:": { driver: "redis", tls: false, port: 6379, example: "redis://:password@host:6379/0" },
  "rediss:": { driver: "redis", tls: true, port: 6379, example: "rediss://:password@host:6379/0" },
  "mysql:": {
    driver: "mysql",
    tls: false,
    port: 3306,
    example: "mysql://user:password@host:3306/database",
  },
  "mysqls:": {
    driver: "mysql",
    tls: true,
    port: 3306,
    example: "mysqls://user:password@host:3306/database",
  },
} as const;

/** Where a live database is, and how to log in there. */
export interface SourceAddress {
  driver: "redis" | "mysql";
  tls: boolean;
  host: string;
  port: number;
  user: string;
  password: string;
  /** Of MySQL its name, of Redis its number. */
  database: string;
  /** For people; holds no password. */
  name: string;
}

/** An address without its password, also one that is not quite right. */
export const maskPassword = (address: string): string =>
  address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^:@/]*):.*@/is, "$1:***@");

/** Whether a text is meant as an address, not as a file. */
export const isAddress = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/**
 * Takes an address apart.
 *
 * @throws StartError that shows what would be right, and never the password
 */
export function parseAddress(address: string): SourceAddress {
  const name = maskPassword(address);
  const scheme = address.slice(0, address.indexOf(":") + 1).toLowerCase();
  if (!isScheme(scheme))
    throw new StartError(
      `cannot import from ${name}: it must begin with redis://, rediss://, mysql:// or mysqls://, or be a file`,
    );
  const { driver, tls, port, example } = SCHEMES[scheme];
  const wrong = (what: string): StartError =>
    new StartError(`cannot import from ${name}: ${what}. Give it as ${example}`);
  // What URL throws holds the password.
  if (!URL.canParse(address))
    throw wrong("host or port are not right, or the password has to be percent-encoded");
  const url = new URL(address);
  if (url.hostname === "") throw wrong("it names no host");
  if (url.port === "0") throw wrong("there is no port 0");
  // The rest of a password with a / or # in it.
  if (/@/.test(url.pathname + url.search + url.hash))
    throw wrong("the password has to be percent-encoded");
  if (url.search !== "" || url.hash !== "") throw wrong("it has something behind the database");
  const database = url.pathname.slice(1);
  if (driver === "redis" && !/^\d{0,5}$/.test(database))
    throw wrong("the database has to be a number");
  if (driver === "mysql" && !/^[^/]+$/.test(database)) throw wrong("it names no database");
  try {
    return {
      driver,
      tls,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port) || port,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(database) || "0",
      name,
    };
  } catch {
    throw wrong("a % in it is not followed by two hex digits");
  }
}

const isScheme = (text: string): text is keyof typeof SCHEMES => Object.hasOwn(SCHEMES, text);
