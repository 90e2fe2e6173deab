import { join, resolve } from "node:path";
import { maskAddress } from "../core/address.ts";
import { StartError } from "../core/errors.ts";
import { ADDRESS_WORDS, parseStoreAddress, type StoreAddress } from "./drivers/address.ts";
import type { AddressParts } from "./drivers/driver.ts";
import {
  DRIVERS,
  type DriverName,
  type DriverValues,
  type EmbeddedDriverName,
  type SharedDriverName,
} from "./drivers/drivers.ts";
import type { Config } from "./schema.ts";

type TargetOptions<Name extends DriverName> = ReturnType<(typeof DRIVERS)[Name]["target"]>;
type TargetOf<Name extends DriverName> = {
  [One in Name]: { driver: One; options: TargetOptions<One> };
}[Name];

/** A driver with the options that the store needs. */
export type StoreTarget = TargetOf<DriverName>;

/** Returns what is wrong with a value of the option `store`, or null when it is right. */
export function storeAddressProblem(address: string): string | null {
  const parsed = address === "" ? null : parseStoreAddress(address);
  return parsed !== null && "problem" in parsed
    ? `must be an address such as ${parsed.example ?? ADDRESS_WORDS}: ${parsed.problem}`
    : null;
}

/** Returns whether an address contains a password. */
export const hasPassword = (address: string): boolean => maskAddress(address) !== address;

/** Takes the option `store` apart; null when it is not given. */
function addressIn({ store }: Pick<Config, "store">): StoreAddress | null {
  const address = store === "" ? null : parseStoreAddress(store);
  if (address !== null && "problem" in address) throw new TypeError(address.problem);
  return address;
}

/** Returns the driver that the option `store` names; null when it is not given. */
export const addressedDriver = (config: Pick<Config, "store">): SharedDriverName | null =>
  addressIn(config)?.driver ?? null;

const driverOf = (config: Config): DriverName => addressedDriver(config) ?? config.dbdriver;

/** Returns where the data is, for a configuration without mistakes. */
export const storeTarget = (config: Config): StoreTarget => targetOf(driverOf(config), config);

function targetOf<Name extends DriverName>(driver: Name, config: Config): TargetOf<Name> {
  const drivers: {
    [One in DriverName]: {
      target(values: DriverValues, address: AddressParts | null): TargetOptions<One>;
    };
  } = DRIVERS;
  return { driver, options: drivers[driver].target(config, addressIn(config)) };
}

/** Returns where the data is, for messages. */
export function dataPlace(config: Config): string {
  const target = storeTarget(config);
  return isShared(target) ? addressOf(target) : resolve(config.data_dir);
}

type SharedTarget = TargetOf<SharedDriverName>;

const isShared = (target: StoreTarget): target is SharedTarget =>
  DRIVERS[target.driver].kind === "shared";

function addressOf<Name extends SharedDriverName>({ driver, options }: TargetOf<Name>): string {
  const drivers: {
    [One in SharedDriverName]: { place(options: TargetOptions<One>): string };
  } = DRIVERS;
  return drivers[driver].place(options);
}

/** Returns the embedded driver and its data file; null for a shared store. */
export function embeddedData(config: Config): { driver: EmbeddedDriverName; file: string } | null {
  const driver = driverOf(config);
  return isEmbedded(driver)
    ? { driver, file: join(config.data_dir, DRIVERS[driver].dataFile) }
    : null;
}

const isEmbedded = (name: DriverName): name is EmbeddedDriverName =>
  DRIVERS[name].kind === "embedded";

/** Returns how to back up the data of a shared store; null for an embedded one. */
export function elsewhereAdvice(config: Config): string | null {
  const name = driverOf(config);
  if (isEmbedded(name)) return null;
  const { title, backupAdvice } = DRIVERS[name];
  return `the data is in ${title}: ${backupAdvice}, or waferd export`;
}

/**
 * Returns the driver of an embedded store.
 *
 * @throws StartError with how to back up the data of a shared one
 */
export function requireEmbedded(config: Config): EmbeddedDriverName {
  const name = driverOf(config);
  if (isEmbedded(name)) return name;
  throw new StartError(`this command needs the embedded store, and ${elsewhereAdvice(config)}`);
}
