import { isIP } from "node:net";
import { hostProblem } from "../option.ts";
import type { AddressParts } from "./driver.ts";
import { DRIVERS, SHARED_DRIVER_NAMES, type SharedDriverName } from "./drivers.ts";

/** The address of a shared store, taken apart. */
export interface StoreAddress extends AddressParts {
  driver: SharedDriverName;
}

/** Why a text is not a store's address. */
export interface AddressProblem {
  /** For messages; holds no part of the address. */
  problem: string;
  /** An address that would be right; null when the scheme is unknown. */
  example: string | null;
}

const scheme = (name: SharedDriverName, tls: boolean): string => `${name}${tls ? "s" : ""}:`;

const SCHEMES = new Map(
  SHARED_DRIVER_NAMES.flatMap((driver) =>
    [false, true].map((tls) => [scheme(driver, tls), { driver, tls }] as const),
  ),
);

/** Joins texts as `a, b or c`. */
export const listed = (texts: readonly string[], word: "and" | "or"): string =>
  [texts.slice(0, -1).join(", "), ...texts.slice(-1)].filter(Boolean).join(` ${word} `);

const exampleOf = (driver: SharedDriverName, tls: boolean): string =>
  `${scheme(driver, tls)}//${DRIVERS[driver].address.example}`;

/** The forms of a store's address, for messages. */
export const ADDRESS_WORDS = `${listed(
  SHARED_DRIVER_NAMES.map((name) => exampleOf(name, false)),
  "or",
)}; with TLS ${listed(
  SHARED_DRIVER_NAMES.map((name) => scheme(name, true)),
  "or",
)}`;

/** Returns how the addresses of some drivers begin, for messages. */
export const beginnings = (names: readonly SharedDriverName[]): string =>
  listed(
    names.flatMap((name) => [false, true].map((tls) => `${scheme(name, tls)}//`)),
    "or",
  );

/** Schemes of other servers' addresses, and what to do with such a server. */
const FOREIGN: Readonly<Record<string, string>> = {
  "redis+sentinel:": "Redis Sentinel is not supported: name the master, or a proxy that follows it",
  "rediss+sentinel:":
    "Redis Sentinel is not supported: name the master, or a proxy that follows it",
  "redis-sentinel:": "Redis Sentinel is not supported: name the master, or a proxy that follows it",
  "redis-cluster:": "Redis Cluster is not supported: name a Redis that is not one",
  "redis+cluster:": "Redis Cluster is not supported: name a Redis that is not one",
  "mariadb:": "MariaDB speaks MySQL's protocol: begin with mysql://",
  "valkey:": "Valkey speaks Redis' protocol: begin with redis://",
};

/** A part of an address that cannot be read. */
class WrongPart extends Error {}

/** Takes the address of a shared store apart. Spaces around it do not count. */
export function parseStoreAddress(text: string): StoreAddress | AddressProblem {
  const address = text.trim();
  const begin = address.slice(0, address.indexOf(":") + 1).toLowerCase();
  const known = SCHEMES.get(begin);
  if (known === undefined)
    return {
      problem: FOREIGN[begin] ?? `it must begin with ${beginnings(SHARED_DRIVER_NAMES)}`,
      example: null,
    };
  const { driver, tls } = known;
  try {
    if (!address.startsWith("//", begin.length))
      throw new WrongPart(`two slashes must follow ${begin}`);
    return { driver, tls, ...partsOf(driver, address.slice(begin.length + 2)) };
  } catch (error) {
    if (!(error instanceof WrongPart)) throw error;
    return { problem: error.message, example: exampleOf(driver, tls) };
  }
}

/** Takes apart what follows the two slashes. */
function partsOf(driver: SharedDriverName, text: string): Omit<AddressParts, "tls"> {
  const form = DRIVERS[driver].address;
  const at = text.lastIndexOf("@");
  const [place = "", ...databases] = text.slice(at + 1).split("/");
  const database = databases.join("/") || form.defaultDatabase;
  const { host, port } = hostAndPort(place);
  if (/[?#]/.test(database)) throw new WrongPart("it has something behind the database: remove it");
  if (!form.database.test(database)) throw new WrongPart(form.databaseProblem);
  return {
    ...(at === -1 ? { user: "", password: "" } : credentialsIn(text.slice(0, at))),
    host,
    port,
    database: decoded(database, "database"),
  };
}

function credentialsIn(text: string): { user: string; password: string } {
  const colon = text.indexOf(":");
  const [user, password] =
    colon === -1 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
  for (const [part, name] of [
    [user, "user name"],
    [password, "password"],
  ] as const)
    for (const character of ["/", "?", "#", "@", " "])
      if (part.includes(character))
        throw new WrongPart(
          `the ${name} contains "${character}": write it as ${encodeURIComponent(character)}`,
        );
  return { user: decoded(user, "user name"), password: decoded(password, "password") };
}

function hostAndPort(text: string): { host: string; port: number | null } {
  if (text.includes(",")) throw new WrongPart("it names several hosts: name one");
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined)
    throw new WrongPart("the host is not right: an IPv6 address stands in brackets, as [::1]");
  if (host === "") throw new WrongPart("it names no host");
  if (bracketed === undefined ? hostProblem(host) !== null : isIP(bracketed) !== 6)
    throw new WrongPart("the host is not an address or a host name");
  if (port === undefined) return { host, port: null };
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw new WrongPart("the port must be a number from 1 to 65535");
  return { host, port: Number(port) };
}

/** Percent-decodes a part. */
function decoded(text: string, name: string): string {
  const wrong = /%(?![0-9a-f]{2})/i.exec(text);
  if (wrong !== null)
    throw new WrongPart(
      `the ${name} has a % at its character ${wrong.index + 1} that is not followed by two hex digits: write a % as %25`,
    );
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WrongPart(`the ${name} is percent-encoded, but not in UTF-8`);
  }
}
