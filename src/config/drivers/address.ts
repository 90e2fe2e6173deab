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

/** Takes the address of a shared store apart. */
export function parseStoreAddress(address: string): StoreAddress | AddressProblem {
  const known = SCHEMES.get(address.slice(0, address.indexOf(":") + 1).toLowerCase());
  if (known === undefined)
    return { problem: `it must begin with ${beginnings(SHARED_DRIVER_NAMES)}`, example: null };
  const { driver, tls } = known;
  const form = DRIVERS[driver].address;
  const wrong = (problem: string): AddressProblem => ({ problem, example: exampleOf(driver, tls) });
  // The error of URL holds the password, so it is not used.
  if (!URL.canParse(address))
    return wrong("host or port are not right, or the password has to be percent-encoded");
  const url = new URL(address);
  if (url.hostname === "") return wrong("it names no host");
  if (url.port === "0") return wrong("port 0 is invalid");
  // The rest of a password that contains a / or a #.
  if (/@/.test(url.pathname + url.search + url.hash))
    return wrong("the password has to be percent-encoded");
  if (url.search !== "" || url.hash !== "") return wrong("it has something behind the database");
  const database = url.pathname.slice(1) || form.defaultDatabase;
  if (!form.database.test(database)) return wrong(form.databaseProblem);
  try {
    return {
      driver,
      tls,
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? null : Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(database),
    };
  } catch {
    return wrong("a % in it is not followed by two hex digits");
  }
}
