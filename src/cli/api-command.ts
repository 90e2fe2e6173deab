import { Command, Option } from "commander";
import { type LoadedConfig, URL_VARIABLE } from "../config/load.ts";
import { Api } from "./api/api.ts";
import { connect } from "./api/connect.ts";
import { asProblem, CommandFailure, usageFailure } from "./command-failure.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";
import { EXIT } from "./exit-status.ts";
import type { Io } from "./io.ts";
import { type TimeFormat, timeFormat } from "./terminal/time.ts";

/** The given flags, by commander's names. */
export type Given = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** The state of a running command. */
export interface Running {
  api: Api;
  io: Io;
  /** Whether to print the JSON of the REST API. */
  json: boolean;
  given: Given;
  /** Prints a time of the API. */
  time: TimeFormat;
}

export interface CommandSpec {
  /** The name and the arguments, as commander reads them: `show <appid>`. */
  usage: string;
  description: string;
  /** Command lines without `waferd`. */
  examples: readonly string[];
  options?: readonly Option[];
  /** Whether it may create a new data folder. */
  mayBegin?: boolean;
  /** Refuses mistakes in flags and names before anything is opened. */
  examine?: (given: Given, ...names: string[]) => void;
}

export const textOption = (given: Given, name: string): string | null =>
  given[name] === undefined ? null : String(given[name]);

/** Makes a hidden flag for a secret, which refuses the secret and says where to put it. */
export const refusedSecret = (flag: string, instead: string): Option =>
  new Option(`--${flag} <secret>`).hideHelp().argParser(() => {
    throw usageFailure(
      `--${flag} does not exist, because every user of the machine can read a command line: ${instead}`,
    );
  });

/** Makes the flag for programs that read the output. */
export const jsonOption = (about: string): Option => new Option("--json", about);

/** Makes a command with flags and examples. With --json its failures are printed as problems. */
export function plainCommand(
  { io, endWith }: CommandDeps,
  { usage, description, examples, options = [] }: CommandSpec,
  run: (given: Given, names: string[], command: Command) => Promise<void>,
): Command {
  const command = new Command().description(description);
  const [name = "", ...names] = usage.split(" ");
  command.name(name);
  for (const argument of names) command.argument(argument);
  for (const option of options) command.addOption(option);
  command.addOption(jsonOption("print JSON: the answer of the REST API, unchanged"));
  addConfigFlags(command, "folder");
  addExamples(command, ...examples);
  return command.action(async (...parameters: unknown[]) => {
    const given = command.opts<Given>();
    try {
      await run(given, parameters.slice(0, names.length) as string[], command);
    } catch (error) {
      const problem = given["json"] === true ? asProblem(error) : null;
      if (problem === null) throw error;
      io.print(`${JSON.stringify(problem)}\n`);
      endWith(error instanceof CommandFailure ? error.status : EXIT.failed);
    }
  });
}

/** Makes the flag that names a server. */
export const urlOption = (): Option =>
  new Option(
    "--url <url>",
    `the server's address (default: the server of the data folder, or the store when none runs); plain http only on this machine [${URL_VARIABLE}]`,
  );

/** Returns the address of the server that --url or the environment names; null for neither. */
export function givenUrl(given: Given, { environment }: Io): string | null {
  const url = textOption(given, "url") ?? environment[URL_VARIABLE] ?? "";
  if (url === "") return null;
  if (!URL.canParse(url) || !/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(url))
    throw usageFailure(
      `--url must be the address of a server, such as http://127.0.0.1:8888, not "${url}"`,
    );
  return url.replace(/\/+$/, "");
}

/** Loads the configuration with the flags of a command. */
export const configOf = (given: Given, command: Command, io: Io): LoadedConfig =>
  loadGiven(given as Record<string, string | boolean>, command, io);

/** Makes a command that calls the running server, or the store in this process when none runs. */
export function apiCommand(
  deps: CommandDeps,
  spec: CommandSpec,
  run: (running: Running, ...names: string[]) => Promise<void>,
): Command {
  const { io, openService } = deps;
  const options = [...(spec.options ?? []), urlOption()];
  return plainCommand(deps, { ...spec, options }, async (given, names, command) => {
    const json = given["json"] === true;
    spec.examine?.(given, ...names);
    const connection = await connect({
      io,
      openService,
      json,
      loaded: configOf(given, command, io),
      url: givenUrl(given, io),
      mayBegin: spec.mayBegin === true,
    });
    try {
      const time = timeFormat(given);
      await run({ api: new Api(connection), io, json, given, time }, ...names);
    } finally {
      await connection.close();
    }
  });
}

/** Makes a command that only groups others. */
export function commandGroup(
  name: string,
  description: string,
  commands: readonly Command[],
): Command {
  const command = new Command(name).description(description).helpCommand(false);
  for (const one of commands) command.addCommand(one);
  return command;
}
