import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import { CONFIG_VARIABLE, type LoadedConfig, loadConfig } from "../config/load.ts";
import {
  environmentName,
  flagName,
  type OptionName,
  type OptionSchema,
  options,
  STORE_OPTIONS,
} from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import { findConfigFile, PLACES } from "./config-file.ts";
import type { Io } from "./io.ts";

/** The option that each flag sets. */
const optionOfFlag = new WeakMap<Option, OptionName>();

/** The options in a command's help: all, those that name the store, or the data folder alone. */
export type ShownOptions = "all" | "store" | "folder";

const SHOWN: Record<ShownOptions, (name: OptionName) => boolean> = {
  all: () => true,
  store: (name) => STORE_OPTIONS.has(name),
  folder: (name) => name === "data_dir",
};

/**
 * Adds a flag for every option to a command, and `--config` for the file.
 *
 * @param shown the options in its help; the other flags work too
 */
export function addConfigFlags(command: Command, shown: ShownOptions = "all"): Command {
  command.addOption(
    new Option(
      "--config <file>",
      `read options from an app.conf [${CONFIG_VARIABLE}] (default: ${PLACES.join(", else ")}, if there is one)`,
    ),
  );
  for (const [name, schema] of options) {
    const option = schema.secret ? refusedFlag(name) : flag(name, schema);
    // A flag of the command itself has precedence: an app has its own --sessions-per-user.
    if (command.options.some(({ long }) => long === option.long)) continue;
    optionOfFlag.set(option, name);
    command.addOption(SHOWN[shown](name) ? option : option.hideHelp());
  }
  if (shown === "folder")
    return command.addHelpText("after", "\nThe other flags of waferd serve work too.");
  const secrets = options
    .filter(([, schema]) => schema.secret)
    .map(([name]) => environmentName(name));
  return command.addHelpText(
    "after",
    `\nA flag overrides its environment variable (in brackets), which overrides the file. Secrets come from the environment, the file, or files in the data folder: ${secrets.join(", ")}.`,
  );
}

/**
 * Loads the options from the command line, the environment and the file.
 *
 * @throws StartError with every mistake, or when the file cannot be read
 */
export function loadGiven(
  given: Record<string, string | boolean>,
  command: Command,
  io: Io,
): LoadedConfig {
  const named = given["config"] === undefined ? null : String(given["config"]);
  const file = findConfigFile(named, io);
  // Standard error holds JSON only, where that is wanted.
  if (file?.isFound === true && given["json"] !== true)
    io.print(`waferd: configured by ${file.path}\n`);
  const { environment } = io;
  const loaded = loadConfig({ flags: flagsOf(given, command), environment, file });
  if (file !== null) refuseMovedData(loaded, file.path);
  return loaded;
}

/**
 * Refuses a relative data folder that has no data, if the current folder has one of that name with
 * data: a server that was started there would begin with nothing.
 */
function refuseMovedData({ config, sources }: LoadedConfig, file: string): void {
  const { data_dir: folder } = config;
  const written = relative(dirname(file), folder);
  if (sources.data_dir.startsWith("-") || sources.data_dir.startsWith("WAFERD_")) return;
  if (resolve(written) === resolve(folder) || written.startsWith("..")) return;
  if (!hasData(written) || hasData(folder)) return;
  throw new StartError(
    `data_dir is meant from the folder of ${file}, where ${resolve(folder)} has no data, and there is data in ${resolve(written)}: set data_dir = ${resolve(written)}, or move that folder`,
  );
}

const hasData = (folder: string): boolean =>
  ["admin.key", "master.key", "data.mdb"].some((name) => existsSync(join(folder, name)));

function flag(name: OptionName, schema: OptionSchema): Option {
  const isBoolean = schema["type"] === "boolean";
  const long = schema.shortForm === undefined ? "" : `--${schema.shortForm}, `;
  const value = isBoolean
    ? " [true|false]"
    : ` <${schema["type"] === "array" ? "list" : (schema["type"] ?? "choice")}>`;
  const fallback = schema["default"] as unknown;
  const shown =
    fallback === false || fallback === "" || Array.isArray(fallback)
      ? ""
      : ` (default: ${fallback})`;
  const about = `${schema.description}${shown} [${environmentName(name)}]`;
  return new Option(`${long}--${flagName(name)}${value}`, about);
}

/** Makes a hidden flag for a secret, which refuses the secret and says where to put it. */
const refusedFlag = (name: OptionName): Option =>
  new Option(`--${flagName(name)} <secret>`).hideHelp().argParser(() => {
    throw new StartError(
      `--${flagName(name)} does not exist, because every user of the machine can read a command line: set ${environmentName(name)}`,
    );
  });

/** Returns the choices of the option that a flag sets; null when there are none. */
export function choicesOf(flag: Option): string[] | null {
  const name = optionOfFlag.get(flag);
  const choices = options.find(([one]) => one === name)?.[1]["anyOf"] as
    | { const: string }[]
    | undefined;
  return choices?.map((choice) => choice.const) ?? null;
}

/** Returns the given flags as texts by the name of their option. */
function flagsOf(
  given: Record<string, string | boolean>,
  command: Command,
): Partial<Record<OptionName, string>> {
  const flags: Partial<Record<OptionName, string>> = {};
  for (const option of command.options) {
    const name = optionOfFlag.get(option);
    const value = given[option.attributeName()];
    if (name !== undefined && value !== undefined) flags[name] = String(value);
  }
  return flags;
}
