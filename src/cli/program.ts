import { Command, CommanderError } from "commander";
import { StartError } from "../core/errors.ts";
import { agentCommand } from "./agent.ts";
import { appCommand } from "./app.ts";
import { auditCommand } from "./audit.ts";
import { backupCommand, backupCopyCommand, restoreCommand } from "./backup.ts";
import { callCommand } from "./call.ts";
import { CommandFailure } from "./command-failure.ts";
import { completionCommand } from "./completion.ts";
import { configCommand } from "./config.ts";
import type { CommandDeps, CommandPorts } from "./deps.ts";
import { doctorCommand } from "./doctor.ts";
import { EXIT, EXIT_MEANINGS, type ExitStatus } from "./exit-status.ts";
import { exportCommand } from "./export.ts";
import { helpCommand } from "./help.ts";
import { importCommand } from "./import.ts";
import { keyCommand } from "./key.ts";
import { logsCommand } from "./logs.ts";
import { reloadCommand } from "./reload.ts";
import { serveCommand, workerCommand } from "./serve.ts";
import { serviceCommand } from "./service.ts";
import { sessionCommand } from "./session.ts";
import { statsCommand } from "./stats.ts";
import { statusCommand } from "./status.ts";
import { storeCheckCommand, storeCommand } from "./store.ts";
import { suggestMeant } from "./suggestions.ts";
import { ReaderGone } from "./terminal/output.ts";
import { tokenCommand } from "./token.ts";

/** Every command, in the order of help. Help, completion and docs/commands.md follow this list. */
const COMMANDS: readonly ((deps: CommandDeps) => Command)[] = [
  serveCommand,
  appCommand,
  sessionCommand,
  tokenCommand,
  agentCommand,
  keyCommand,
  callCommand,
  statusCommand,
  statsCommand,
  logsCommand,
  auditCommand,
  doctorCommand,
  configCommand,
  reloadCommand,
  serviceCommand,
  storeCommand,
  importCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
];

export interface ProgramOptions extends CommandPorts {
  version: string;
}

/** Runs a command; the exit status is one of {@link EXIT_MEANINGS}. */
export async function runProgram(
  argv: readonly string[],
  { version, ...ports }: ProgramOptions,
): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.done;
  const program = createProgram(version, {
    ...ports,
    endWith(wanted) {
      status = wanted;
    },
  });
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof ReaderGone) return EXIT.failed;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof StartError || error instanceof CommandFailure)) throw error;
    ports.io.print(`waferd: ${error.message}\n`);
    return error instanceof CommandFailure ? error.status : EXIT.failed;
  }
}

/** Makes the program with all its commands. */
export function createProgram(version: string, deps: CommandDeps): Command {
  const program = new Command("waferd")
    .description(
      "Logs in users of WeChat mini programs, keeps their sessions, and hosts access tokens and tickets.",
    )
    .version(version, "--version")
    // A command may have flags of the same name as one below it: backup, and backup list.
    .enablePositionalOptions()
    .helpCommand(false)
    .addCommand(workerCommand(deps), { hidden: true })
    .addCommand(backupCopyCommand(deps), { hidden: true })
    .addCommand(storeCheckCommand(deps), { hidden: true })
    .addHelpText("after", `\nExit statuses:\n${statusLines()}`);
  for (const make of COMMANDS) program.addCommand(make(deps));
  program.addCommand(completionCommand(deps, program)).addCommand(helpCommand(program));
  for (const command of descendants(program))
    suggestMeant(command)
      .helpOption("-h, --help", "show this help")
      .showHelpAfterError("(--help lists the commands and flags)")
      .exitOverride();
  return program;
}

/** Returns a command and all below it. */
const descendants = (command: Command): Command[] => [
  command,
  ...command.commands.flatMap(descendants),
];

const statusLines = (): string =>
  Object.entries(EXIT_MEANINGS)
    .map(([status, meaning]) => `  ${status}  ${meaning}\n`)
    .join("");
