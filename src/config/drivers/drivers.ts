import type { Static, TObject } from "@sinclair/typebox";
import type { Rules } from "./driver.ts";
import { lmdb } from "./lmdb.ts";
import { mysql } from "./mysql.ts";
import { redis } from "./redis.ts";

/**
 * Every driver, under the name that the option `dbdriver` and the scheme of its addresses have.
 * Option names, addresses, help texts and the types of {@link StoreTarget} derive from this list.
 */
export const DRIVERS = { lmdb, redis, mysql };

type Drivers = typeof DRIVERS;
export type DriverName = keyof Drivers;
type NamesWhere<Facts> = {
  [Name in DriverName]: Drivers[Name] extends Facts ? Name : never;
}[DriverName];
export type EmbeddedDriverName = NamesWhere<{ kind: "embedded" }>;
export type SharedDriverName = NamesWhere<{ kind: "shared" }>;
/** A driver from whose servers `waferd import` reads. */
export type ImportedDriverName = NamesWhere<{ isImported: true }>;

/** The configuration values that the drivers read. */
export type DriverValues = Static<TObject<DriverOptions>>;
type UnionToIntersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
export type DriverOptions = UnionToIntersection<Drivers[DriverName]["options"]>;

/** The names in the order of the list. */
export const DRIVER_NAMES = Object.keys(DRIVERS) as DriverName[];

/** The driver of a configuration that names none. */
export const DEFAULT_DRIVER: DriverName = "lmdb";

const isShared = (name: DriverName): name is SharedDriverName => DRIVERS[name].kind === "shared";

export const SHARED_DRIVER_NAMES: readonly SharedDriverName[] = DRIVER_NAMES.filter(isShared);

/** The options of all drivers, in the order of the list. */
export const driverOptions = Object.assign(
  {},
  ...DRIVER_NAMES.map((name) => DRIVERS[name].options),
) as DriverOptions;

/** The rules of all drivers' options. */
export const driverRules = Object.assign(
  {},
  ...DRIVER_NAMES.map((name) => DRIVERS[name].rules),
) as Rules<DriverOptions>;
