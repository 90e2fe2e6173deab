import { Command, Option } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { URL_VARIABLE } from "../config/load.ts";
import { Api } from "./api/api.ts";
import { connect } from "./api/connect.ts";
import type { OpenService } from "./api/store.ts";
import { asProblem, CommandFailure, usageFailure } from "./command-failure.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import { EXIT, type ExitStatus } from "./exit-status.ts";
import type { Io } from "./io.ts";

/** What commands need of the process, and of whoever composed it. */
export interface CommandDeps {
  io: Io;
  openService: OpenService;
  /** How the process shall end, if not with 0. */
  endWith(status: ExitStatus): void;
}

/** The flags that were given, by commander's names. */
export type Given = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** A command that runs. */
export interface Running {
  api: Api;
  io: Io;
  /** Print the REST API's own JSON. */
  json: boolean;
  given: Given;
}

export interface CommandSpec {
  /** With its arguments, as commander reads them: `show <appid>`. */
  usage: string;
  description: string;
  /** Lines as people type them, without `waferd`. */
  examples: readonly string[];
  options?: readonly Option[];
  /** Whether it may begin a new data folder. */
  mayBegin?: boolean;
}

export const textOption = (given: Given, name: string): string | null =>
  given[name] === undefined ? null : String(given[name]);

/** A flag that stands for the one that people look for, and tells where the secret belongs. */
export const refusedSecret = (flag: string, instead: string): Option =>
  new Option(`--${flag} <secret>`).hideHelp().argParser(() => {
    throw usageFailure(
      `--${flag} does not exist, because every user of the machine can read a command line: ${instead}`,
    );
  });

/** A command without a service: flags, examples, and failures as problems when JSON is wanted. */
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
  command.addOption(new Option("--json", "print JSON: the answer of the REST API, as it is"));
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

/** The flag that names a server. */
export const urlOption = (): Option =>
  new Option(
    "--url <url>",
    `the server's address; without it that of the configuration, or the store when nobody listens there [${URL_VARIABLE}]`,
  );

/** Where a server was said to be; null when nobody said. */
export function givenUrl(given: Given, { environment }: Io): string | null {
  const url = textOption(given, "url") ?? environment[URL_VARIABLE] ?? "";
  if (url === "") return null;
  if (!URL.canParse(url) || !/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(url))
    throw usageFailure(
      `--url must be the address of a server, such as http://127.0.0.1:8888, not "${url}"`,
    );
  return url.replace(/\/+$/, "");
}

/** The configuration as a command sees it. */
export const configOf = (given: Given, command: Command, io: Io): LoadedConfig =>
  loadGiven(given as Record<string, string | boolean>, command, io);

/** A command that works on the running server, or on the store when none runs. */
export function serviceCommand(
  deps: CommandDeps,
  spec: CommandSpec,
  run: (running: Running, ...names: string[]) => Promise<void>,
): Command {
  const { io, openService } = deps;
  const options = [...(spec.options ?? []), urlOption()];
  return plainCommand(deps, { ...spec, options }, async (given, names, command) => {
    const json = given["json"] === true;
    const connection = await connect({
      io,
      openService,
      json,
      loaded: configOf(given, command, io),
      url: givenUrl(given, io),
      mayBegin: spec.mayBegin === true,
    });
    try {
      await run({ api: new Api(connection), io, json, given }, ...names);
    } finally {
      await connection.close();
    }
  });
}

/** A command that only holds others. */
export function family(name: string, description: string, commands: readonly Command[]): Command {
  const command = new Command(name).description(description).helpCommand(false);
  for (const one of commands) command.addCommand(one);
  return command;
}
