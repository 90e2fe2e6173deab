import { maskAddress } from "../core/address.ts";
import { StartError } from "../core/errors.ts";
import { beginnings, parseStoreAddress, type StoreAddress } from "./drivers/address.ts";
import {
  DRIVERS,
  type ImportedDriverName,
  SHARED_DRIVER_NAMES,
  type SharedDriverName,
} from "./drivers/drivers.ts";

/** A server that `waferd import` reads from. */
export interface SourceServer extends StoreAddress {
  driver: ImportedDriverName;
  port: number;
  /** The address without its password, for messages. */
  name: string;
}

/** The value of `waferd import --from`: a server, or a file. */
export type SourcePlace = SourceServer | { driver: null; path: string };

const isImported = (name: SharedDriverName): name is ImportedDriverName => DRIVERS[name].isImported;

/** The drivers that `waferd import` reads from. */
export const IMPORTED_DRIVER_NAMES: readonly ImportedDriverName[] =
  SHARED_DRIVER_NAMES.filter(isImported);

/**
 * Parses the value of `--from`: the address of a server, or else the path of a file.
 *
 * @throws StartError that shows a correct address, and never the password
 */
export function parseSource(from: string): SourcePlace {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(from)) return { driver: null, path: from };
  const name = maskAddress(from);
  const wrong = (why: string): StartError => new StartError(`cannot import from ${name}: ${why}`);
  const unknown = `it must begin with ${beginnings(IMPORTED_DRIVER_NAMES)}, or be a file`;
  const address = parseStoreAddress(from);
  if ("problem" in address)
    throw wrong(
      address.example === null ? unknown : `${address.problem}. Give it as ${address.example}`,
    );
  const { driver } = address;
  if (!isImported(driver)) throw wrong(unknown);
  return { ...address, driver, port: address.port ?? DRIVERS[driver].address.defaultPort, name };
}
