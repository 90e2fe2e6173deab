import { Command, CommanderError } from "commander";
import { StartError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { configCommand } from "./config.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import type { Io } from "./io.ts";
import { type Serve, serveCommand, workerCommand } from "./serve.ts";
import { serviceCommand } from "./service.ts";
import { storeCommand } from "./store.ts";
import type { StoreTools } from "./store-tools.ts";

export interface ProgramOptions {
  version: string;
  io: Io;
  serve: Serve;
  /** Runs a worker process, until its supervisor has it end. */
  work: () => Promise<void>;
  clock: Clock;
  storeTools: StoreTools;
}

/** Exit statuses: 0 done, 1 could not start or run, 2 the command line is wrong. */
export async function runProgram(
  argv: readonly string[],
  { version, io, clock, serve, work, storeTools }: ProgramOptions,
): Promise<number> {
  const program = new Command("waferd")
    .description(
      "Logs in users of WeChat mini programs, keeps their sessions, and hosts access tokens and tickets.",
    )
    .version(version, "--version")
    .helpCommand(false)
    .addCommand(serveCommand(io, serve))
    .addCommand(workerCommand(work), { hidden: true })
    .addCommand(configCommand(io))
    .addCommand(serviceCommand(io))
    .addCommand(storeCommand(io, storeTools))
    .addCommand(importCommand(io, storeTools, clock))
    .addCommand(exportCommand(io, storeTools))
    .addCommand(backupCommand(io, storeTools))
    .addCommand(restoreCommand(io, storeTools));
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])])
    command
      .helpOption("-h, --help", "show this help")
      .showHelpAfterError("(--help shows what there is)")
      .exitOverride();
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof StartError)) throw error;
    io.print(`waferd: ${error.message}\n`);
    return 1;
  }
}
