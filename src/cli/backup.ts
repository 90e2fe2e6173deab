import { Command, Option } from "commander";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import { tellFindings } from "./store.ts";
import type { StoreTools } from "./store-tools.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 ** 2;

/** A size for people. */
export const sizeOf = (bytes: number): string =>
  bytes < MEBIBYTE ? `${Math.ceil(bytes / KIBIBYTE)} KiB` : `${(bytes / MEBIBYTE).toFixed(1)} MiB`;

/** `waferd backup`: a copy of the embedded store, taken while servers work with it. */
export function backupCommand(io: Io, tools: StoreTools): Command {
  const command = new Command("backup")
    .description(
      "copy the embedded store, as it is at one moment, while servers go on working with it",
    )
    .addOption(new Option("--to <folder>", "a new folder for the copy").makeOptionMandatory())
    .addOption(
      new Option(
        "--without-keys",
        "leave master.key and admin.key out: without the first, it cannot be read",
      ),
    );
  addConfigFlags(command, "store");
  addExamples(command, "backup --to /backup/waferd-monday");
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const copy = await tools.backup(config, String(given["to"]), given["withoutKeys"] !== true);
    const keys = copy.keys.includes("master.key")
      ? `with ${copy.keys.join(" and ")}: whoever has it can read every secret in it`
      : "without master.key, which has to be kept elsewhere: without it, the copy cannot be read";
    io.write(`copied to ${copy.path}: ${sizeOf(copy.bytes)}, ${keys}\n`);
  });
}

/** `waferd restore`: a copy becomes the data folder, if there is none yet. */
export function restoreCommand(io: Io, tools: StoreTools): Command {
  const command = new Command("restore")
    .description("put a copy back as the data folder; data that is there is never overwritten")
    .addOption(
      new Option("--from <folder>", "a folder that waferd backup made").makeOptionMandatory(),
    );
  addConfigFlags(command, "store");
  addExamples(command, "restore --from /backup/waferd-monday");
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const copy = await tools.restore(config, String(given["from"]));
    io.write(`restored to ${copy.path}: ${sizeOf(copy.bytes)}\n`);
    const store = await tools.open(config);
    try {
      await tellFindings(io, store);
    } finally {
      await store.close();
    }
  });
}
