import { Command, Option } from "commander";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { reportCheck, sizeOf } from "./store-report.ts";

/** Makes `waferd backup`, which copies the embedded store while servers use it. */
export function backupCommand({ io, storeTools }: CommandDeps): Command {
  const command = new Command("backup")
    .description("copy the embedded store as it is at one moment, while servers use it")
    .addOption(new Option("--to <folder>", "a new folder for the copy").makeOptionMandatory())
    .addOption(
      new Option(
        "--without-keys",
        "leave out master.key and admin.key: without master.key the copy cannot be read",
      ),
    );
  addConfigFlags(command, "folder");
  addExamples(command, "backup --to /backup/waferd-monday");
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const copy = await storeTools.backup(
      config,
      String(given["to"]),
      given["withoutKeys"] !== true,
    );
    const keys = copy.keys.includes("master.key")
      ? `with ${copy.keys.join(" and ")}: anyone who has the copy can read every secret in it`
      : "without master.key, which has to be kept elsewhere: without it, the copy cannot be read";
    io.write(`copied to ${copy.path}: ${sizeOf(copy.bytes)}, ${keys}\n`);
  });
}

/** Makes `waferd restore`, which makes a copy the data folder if there is none yet. */
export function restoreCommand({ io, storeTools }: CommandDeps): Command {
  const command = new Command("restore")
    .description("make a copy the data folder; existing data is never overwritten")
    .addOption(
      new Option("--from <folder>", "a folder that waferd backup made").makeOptionMandatory(),
    );
  addConfigFlags(command, "folder");
  addExamples(command, "restore --from /backup/waferd-monday");
  return command.action(async (given: Record<string, string | boolean>) => {
    const { config } = loadGiven(given, command, io);
    const copy = await storeTools.restore(config, String(given["from"]));
    io.write(`restored to ${copy.path}: ${sizeOf(copy.bytes)}\n`);
    const store = await storeTools.open(config);
    try {
      await reportCheck(io, store);
    } finally {
      await store.close();
    }
  });
}
