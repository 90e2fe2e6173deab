import { Command } from "commander";
import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { sizeOf } from "./backup.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import type { StoreTools } from "./store-tools.ts";

/** Flaws that are printed one by one; a damaged store may have millions. */
const SHOWN_FLAWS = 100;

/** `waferd store check` and `waferd store compact`. */
export function storeCommand(io: Io, tools: StoreTools): Command {
  const check = addConfigFlags(
    new Command("check").description(
      "read every record and index of the store, say what is wrong, and end with 1 if anything is",
    ),
    "store",
  );
  check.action(async (given: Record<string, string | boolean>) => {
    const store = await tools.openExisting(loadGiven(given, check, io).config);
    try {
      await tellFindings(io, store);
    } finally {
      await store.close();
    }
  });
  const compact = addConfigFlags(
    new Command("compact").description(
      "write the embedded store's file anew, without what was deleted",
    ),
    "store",
  );
  compact.action(async (given: Record<string, string | boolean>) => {
    const { before, after } = await tools.compact(loadGiven(given, compact, io).config);
    io.write(`${sizeOf(before)} before, ${sizeOf(after)} after\n`);
  });
  addExamples(check, "store check --data-dir /var/lib/waferd");
  addExamples(compact, "store compact --data-dir /var/lib/waferd");
  return new Command("store")
    .description("look after the store")
    .helpCommand(false)
    .addCommand(check)
    .addCommand(compact);
}

/**
 * Checks a store and tells what is in it.
 *
 * @throws StartError when something is wrong
 */
export async function tellFindings(io: Io, store: Store): Promise<void> {
  let flaws = 0;
  const counts = await store.check(({ what, problem }) => {
    flaws += 1;
    if (flaws <= SHOWN_FLAWS) io.print(`${what}: ${problem}\n`);
  });
  const lines = Object.entries(counts).map(([name, count]) => `  ${name}: ${count}\n`);
  io.write(lines.join(""));
  if (flaws > 0) {
    const rest = flaws > SHOWN_FLAWS ? `, of which the first ${SHOWN_FLAWS} are above` : "";
    throw new StartError(
      `the store has ${flaws === 1 ? "a flaw" : `${flaws} flaws${rest}`}: a copy (waferd restore) is the way back; what is whole can be saved with waferd export`,
    );
  }
  io.write("nothing is wrong\n");
}
