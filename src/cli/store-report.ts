import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { SHOWN_FLAWS, type StoreReport } from "../core/store-checks/store-check.ts";
import type { Io } from "./io.ts";
import { printable } from "./terminal/table.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 ** 2;

/** Returns a size for people: `12 KiB`, `3.4 MiB`. */
export const sizeOf = (bytes: number): string =>
  bytes < MEBIBYTE ? `${Math.ceil(bytes / KIBIBYTE)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/** Prints flaws one by one, as far as people read, and counts them. */
export function flawList(io: Pick<Io, "print">): {
  add(flaw: string): void;
  readonly count: number;
} {
  let count = 0;
  return {
    add(flaw) {
      count += 1;
      if (count <= SHOWN_FLAWS) io.print(`${printable(flaw)}\n`);
    },
    get count() {
      return count;
    },
  };
}

/** Checks a store. @param damages places whose records are not in it */
export async function checkReport(store: Store, damages: readonly string[]): Promise<StoreReport> {
  const shown: string[] = [];
  const list = flawList({ print: (line) => shown.push(line.trimEnd()) });
  for (const damage of damages) list.add(damage);
  const records = await store.check(({ what, problem }) => list.add(`${what}: ${problem}`));
  return { records: { ...records }, flaws: list.count, shown };
}

/**
 * Checks a store and prints its flaws and how many records it has.
 *
 * @param damages places whose records are not in it
 * @throws StartError when it has a flaw
 */
export async function reportCheck(
  io: Io,
  store: Store,
  damages: readonly string[] = [],
): Promise<void> {
  const list = flawList(io);
  for (const damage of damages) list.add(damage);
  const counts = await store.check(({ what, problem }) => list.add(`${what}: ${problem}`));
  io.write(
    Object.entries(counts)
      .map(([name, count]) => `  ${name}: ${count}\n`)
      .join(""),
  );
  const flaws = list.count;
  if (flaws > 0) {
    const rest = flaws > SHOWN_FLAWS ? `, of which the first ${SHOWN_FLAWS} are above` : "";
    throw new StartError(
      `the store has ${flaws === 1 ? "a flaw" : `${flaws} flaws${rest}`}: restore a copy (waferd restore), or save the intact records with waferd export`,
    );
  }
  io.write("nothing is wrong\n");
}
