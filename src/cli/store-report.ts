import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { Io } from "./io.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 ** 2;

/** Flaws that are printed one by one: a damaged store may have millions. */
const SHOWN_FLAWS = 100;

/** Returns a size for people: `12 KiB`, `3.4 MiB`. */
export const sizeOf = (bytes: number): string =>
  bytes < MEBIBYTE ? `${Math.ceil(bytes / KIBIBYTE)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/**
 * Checks a store and prints its flaws and how many records it has.
 *
 * @throws StartError when it has a flaw
 */
export async function reportCheck(io: Io, store: Store): Promise<void> {
  let flaws = 0;
  const counts = await store.check(({ what, problem }) => {
    flaws += 1;
    if (flaws <= SHOWN_FLAWS) io.print(`${what}: ${problem}\n`);
  });
  io.write(
    Object.entries(counts)
      .map(([name, count]) => `  ${name}: ${count}\n`)
      .join(""),
  );
  if (flaws > 0) {
    const rest = flaws > SHOWN_FLAWS ? `, of which the first ${SHOWN_FLAWS} are above` : "";
    throw new StartError(
      `the store has ${flaws === 1 ? "a flaw" : `${flaws} flaws${rest}`}: restore a copy (waferd restore), or save the intact records with waferd export`,
    );
  }
  io.write("nothing is wrong\n");
}
