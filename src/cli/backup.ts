import type { Static } from "@sinclair/typebox";
import { Command, Option } from "commander";
import type { BackupsModel } from "../http/rest/backups/model.ts";
import { apiCommand } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { reportCheck, sizeOf } from "./store-report.ts";
import { Table } from "./terminal/table.ts";
import { utcOption } from "./terminal/time.ts";

type Backups = Static<typeof BackupsModel>;

/**
 * Makes `waferd backup`, which copies the embedded store while servers use it, and `waferd backup
 * list`, which lists the backups that servers made.
 */
export function backupCommand(deps: CommandDeps): Command {
  const { io, storeTools } = deps;
  const command = new Command("backup")
    .description("copy the embedded store as it is at one moment, while servers use it")
    // Flags behind `list` are those of `list`.
    .enablePositionalOptions()
    .helpCommand(false)
    .option("--to <folder>", "a new folder for the copy (required)")
    .addOption(
      new Option(
        "--without-keys",
        "leave out master.key and admin.key: without master.key the copy cannot be read",
      ),
    );
  addConfigFlags(command, "folder");
  addExamples(command, "backup --to /backup/waferd-monday");
  command.action(async (given: Record<string, string | boolean>) => {
    const to = given["to"];
    if (to === undefined) throw usageFailure("--to <folder> is missing: a new folder for the copy");
    const { config } = loadGiven(given, command, io);
    const copy = await storeTools.backup(config, String(to), given["withoutKeys"] !== true);
    const keys = copy.keys.includes("master.key")
      ? `with ${copy.keys.join(" and ")}: anyone who has the copy can read every secret in it`
      : "without master.key, which has to be kept elsewhere: without it, the copy cannot be read";
    io.write(`copied to ${copy.path}: ${sizeOf(copy.bytes)}, ${keys}\n`);
  });
  return command.addCommand(backupListCommand(deps));
}

const backupListCommand = (deps: CommandDeps): Command =>
  apiCommand(
    deps,
    {
      usage: "list",
      description: "list the backups that servers made (backup.every), and when the next is due",
      examples: ["backup list", "backup list --json"],
      options: [utcOption()],
    },
    async ({ api, io, json, time }) => {
      const backups = await api.call<Backups>({ method: "GET", path: "/backups" });
      if (json) return io.write(`${JSON.stringify(backups)}\n`);
      const { items, folder, nextAt, runningSince, lastFailure, advice } = backups;
      if (folder === null) return io.print(`${advice}\n`);
      if (items.length > 0)
        new Table(io, ["NAME", "AT", "SIZE", ""]).print(
          items.map(({ name, at, bytes, whole }) => [
            ...[name, time(at), sizeOf(bytes)],
            whole ? "" : { text: "damaged", tone: "bad" },
          ]),
        );
      else io.print(`no server has made a backup in ${folder}\n`);
      if (runningSince !== null) io.print(`one is being made since ${time(runningSince)}\n`);
      if (lastFailure !== null)
        io.print(`the last one failed at ${time(lastFailure.at)}: ${lastFailure.reason}\n`);
      io.print(
        nextAt === null
          ? "no schedule: set backup.every, such as 24h\n"
          : `the next one is due at ${time(nextAt)}\n`,
      );
    },
  );

/** Makes the command of the process that copies for a server. */
export const backupCopyCommand = ({ copyBackup, endWith }: CommandDeps): Command =>
  new Command("backup-copy")
    .argument("<driver>")
    .argument("<from>")
    .argument("<to>")
    .action(async (driver: string, from: string, to: string) =>
      endWith(await copyBackup(driver, from, to)),
    );

/** Makes `waferd restore`, which makes a copy the data folder if there is none yet. */
export function restoreCommand({ io, storeTools }: CommandDeps): Command {
  const command = new Command("restore")
    .description("make a copy the data folder; existing data is never overwritten")
    .addOption(
      new Option(
        "--from <backup>",
        "a folder that waferd backup or a server made, or the file of one",
      ).makeOptionMandatory(),
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
