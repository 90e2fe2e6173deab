import { Command, CommanderError } from "commander";
import { StartError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { agentCommand } from "./agent.ts";
import type { OpenService } from "./api/store.ts";
import { appCommand } from "./app.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { CommandFailure } from "./command-failure.ts";
import { completionCommand } from "./completion.ts";
import { configCommand } from "./config.ts";
import type { DoctorPorts } from "./doctor/check.ts";
import { doctorCommand } from "./doctor.ts";
import { EXIT, EXIT_MEANINGS, type ExitStatus } from "./exit-status.ts";
import { exportCommand } from "./export.ts";
import { helpCommand } from "./help.ts";
import { importCommand } from "./import.ts";
import type { Io } from "./io.ts";
import { keyCommand } from "./key.ts";
import { type Serve, serveCommand, workerCommand } from "./serve.ts";
import { serviceCommand } from "./service.ts";
import { sessionCommand } from "./session.ts";
import { statusCommand } from "./status.ts";
import { storeCommand } from "./store.ts";
import type { StoreTools } from "./store-tools.ts";
import { ReaderGone } from "./terminal/output.ts";
import { tokenCommand } from "./token.ts";

export interface ProgramOptions {
  version: string;
  io: Io;
  serve: Serve;
  /** Runs a worker process, until its supervisor has it end. */
  work: () => Promise<void>;
  clock: Clock;
  openService: OpenService;
  doctor: DoctorPorts;
  storeTools: StoreTools;
}

/** Runs a command; the exit status is one of {@link EXIT_MEANINGS}. */
export async function runProgram(
  argv: readonly string[],
  options: ProgramOptions,
): Promise<number> {
  const { version, io, clock, serve, work, openService, storeTools } = options;
  let status: ExitStatus = EXIT.done;
  const deps = {
    io,
    openService,
    endWith: (wanted: ExitStatus): void => {
      status = wanted;
    },
  };
  const program = new Command("waferd")
    .description(
      "Logs in users of WeChat mini programs, keeps their sessions, and hosts access tokens and tickets.",
    )
    .version(version, "--version")
    .helpCommand(false)
    .addCommand(serveCommand(io, serve))
    .addCommand(workerCommand(work), { hidden: true })
    .addCommand(appCommand(deps))
    .addCommand(sessionCommand(deps))
    .addCommand(tokenCommand(deps))
    .addCommand(agentCommand(deps))
    .addCommand(keyCommand(deps))
    .addCommand(statusCommand(deps))
    .addCommand(doctorCommand(deps, options.doctor, clock))
    .addCommand(configCommand(io))
    .addCommand(serviceCommand(io))
    .addCommand(storeCommand(io, storeTools))
    .addCommand(importCommand(io, storeTools, clock))
    .addCommand(exportCommand(io, storeTools))
    .addCommand(backupCommand(io, storeTools))
    .addCommand(restoreCommand(io, storeTools))
    .addHelpText("after", `\nExit statuses:\n${statusLines()}`);
  program.addCommand(completionCommand(io, program)).addCommand(helpCommand(program));
  for (const command of descendants(program))
    command
      .helpOption("-h, --help", "show this help")
      .showHelpAfterError("(--help shows what there is)")
      .exitOverride();
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.failed;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof StartError || error instanceof CommandFailure)) throw error;
    io.print(`waferd: ${error.message}\n`);
    return error instanceof CommandFailure ? error.status : EXIT.failed;
  }
}

/** A command and all that are below it. */
const descendants = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(descendants),
];

const statusLines = (): string =>
  Object.entries(EXIT_MEANINGS)
    .map(([status, meaning]) => `  ${status}  ${meaning}\n`)
    .join("");
