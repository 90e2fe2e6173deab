import type { Store, Tables } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Meters } from "./meters.ts";

/** An operation of at most four parameters: rest parameters would cost the hot path an array. */
type Operation = (a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

const TABLES = {
  apps: true,
  sessions: true,
  credentials: true,
  renewalFailures: true,
  workAgents: true,
  callCounts: true,
  activity: true,
  weappUsers: true,
  serviceKeys: true,
  consoleSessions: true,
  audit: true,
  idempotency: true,
  claims: true,
  leases: true,
} as const satisfies Record<keyof Tables, true>;

/**
 * Returns a store that times its asynchronous operations and counts its errors. Synchronous
 * operations are not timed: a read of LMDB takes a few microseconds, of which two readings of the
 * clock would be a good part.
 */
export function meteredStore(store: Store, meters: Meters): Store {
  const metered: Store = { ...store };
  for (const name of Object.keys(TABLES) as (keyof Tables)[])
    Object.assign(metered, { [name]: meteredTable(name, store[name], meters) });
  return metered;
}

function meteredTable<Table extends object>(name: string, table: Table, meters: Meters): Table {
  const operations: Record<string, Operation> = {};
  for (const member of membersOf(table)) {
    const operation = Reflect.get(table, member) as unknown;
    if (typeof operation === "function")
      operations[member] = metered(
        `${name}.${member}`,
        (operation as Operation).bind(table),
        meters,
      );
  }
  return operations as Table;
}

function metered(
  operation: string,
  run: Operation,
  { storeOperations, storeErrors }: Meters,
): Operation {
  const fail = (error: unknown): void =>
    storeErrors.inc({ kind: error instanceof StoreError ? error.kind : "bug" });
  return (a, b, c, d) => {
    let outcome: unknown;
    try {
      outcome = run(a, b, c, d);
    } catch (error) {
      fail(error);
      throw error;
    }
    if (outcome instanceof Promise) {
      const end = storeOperations.startTimer({ operation });
      outcome.then(
        () => end(),
        (error: unknown) => {
          end();
          fail(error);
        },
      );
    }
    return outcome;
  };
}

/** Returns the members of a table and its prototypes: the tables of drivers are class instances. */
function membersOf(table: object): string[] {
  const members = new Set<string>();
  for (
    let place = table;
    place !== Object.prototype;
    place = Object.getPrototypeOf(place) as object
  )
    for (const member of Object.getOwnPropertyNames(place))
      if (member !== "constructor") members.add(member);
  return [...members];
}
