import type { Static, TObject, TProperties } from "@sinclair/typebox";

/** The parts of a shared store's address, percent-decoded. */
export interface AddressParts {
  tls: boolean;
  /** Without the brackets of an IPv6 address. */
  host: string;
  /** null when the address has none. */
  port: number | null;
  user: string;
  password: string;
  database: string;
}

/** The form of a driver's addresses: `name://example`, and `names://example` with TLS. */
interface AddressForm {
  /** An address without its scheme, for messages. */
  example: string;
  defaultPort: number;
  /** The database of an address that names none; empty when an address has to name one. */
  defaultDatabase: string;
  /** Matches the databases that an address may name, before they are percent-decoded. */
  database: RegExp;
  /** The message for a database that does not match. */
  databaseProblem: string;
}

/** Checks that a schema cannot express. They return a message, or null for a valid value. */
export type Rules<Options extends TProperties> = {
  [Name in keyof Options]?: (value: Static<Options[Name]>) => string | null;
};

/** A driver whose data is in the data folder of one machine. */
export interface EmbeddedDriver<Options extends TProperties, Target> {
  kind: "embedded";
  /** The file in the data folder that exists once there is a store. */
  dataFile: string;
  options: Options;
  rules: Rules<Options>;
  /** Returns what the store opens, from the values of the options. */
  target(values: Static<TObject<Options>>): Target;
}

/** A driver whose data is in a server that several machines can use. */
export interface SharedDriver<Options extends TProperties, Target, IsImported extends boolean> {
  kind: "shared";
  /** The server's name, for messages. */
  title: string;
  /** How to back up the server's data, for messages. */
  backupAdvice: string;
  /** Whether `waferd import` reads old servers' data from such a server. */
  isImported: IsImported;
  address: AddressForm;
  options: Options;
  rules: Rules<Options>;
  /**
   * Returns what the store connects to.
   *
   * @param address the parts of the option `store`, which go before the driver's own options
   */
  target(values: Static<TObject<Options>>, address: AddressParts | null): Target;
  /** Returns where the data is, for messages, without the password. */
  place(target: Target): string;
}

/** Infers the types of an embedded driver's descriptor. */
export const embeddedDriver = <Options extends TProperties, Target>(
  driver: EmbeddedDriver<Options, Target>,
): EmbeddedDriver<Options, Target> => driver;

/** Infers the types of a shared driver's descriptor. */
export const sharedDriver = <Options extends TProperties, Target, IsImported extends boolean>(
  driver: SharedDriver<Options, Target, IsImported>,
): SharedDriver<Options, Target, IsImported> => driver;
