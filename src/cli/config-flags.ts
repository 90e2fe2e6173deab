import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { CONFIG_VARIABLE, type LoadedConfig, loadConfig } from "../config/load.ts";
import { environmentName, flagName, type OptionName, type OptionSchema, options } from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import type { Io } from "./io.ts";

/** Options that say where the data is. */
const STORE_OPTION = /^(data_dir|dbdriver|store|redis\.|mysql\.)/;

/**
 * Gives a command a flag for every option, and `--config` for the file.
 *
 * @param shown what its help shows of them: those that say where the data is, or all
 */
export function addConfigFlags(command: Command, shown: "store" | "all" = "all"): Command {
  command.addOption(new Option("--config <file>", `an app.conf with options [${CONFIG_VARIABLE}]`));
  for (const [name, schema] of options) {
    const option = schema.secret ? refusedFlag(name) : flag(name, schema);
    command.addOption(shown === "store" && !STORE_OPTION.test(name) ? option.hideHelp() : option);
  }
  const secrets = options.filter(([, schema]) => schema.secret).map(([name]) => environmentName(name));
  return command.addHelpText(
    "after",
    `\nA flag goes before its environment variable, in brackets, and that before the file. Secrets come from the environment, the file, or files in the data folder: ${secrets.join(", ")}.`,
  );
}

/**
 * The options as the command line, the environment and the file have them.
 *
 * @throws StartError with every mistake, or when the file cannot be read
 */
export function loadGiven(
  given: Record<string, string | boolean>,
  command: Command,
  { environment }: Io,
): LoadedConfig {
  const path = given["config"] === undefined ? environment[CONFIG_VARIABLE] : String(given["config"]);
  return loadConfig({
    flags: flagsOf(given, command),
    environment,
    file: path === undefined || path === "" ? null : { path, text: read(path) },
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new StartError(`cannot read the configuration ${path}: ${(cause as Error).message}`, { cause });
  }
}

function flag(name: OptionName, schema: OptionSchema): Option {
  const isBoolean = schema["type"] === "boolean";
  const long = schema.shortForm === undefined ? "" : `--${schema.shortForm}, `;
  const value = isBoolean
    ? " [true|false]"
    : ` <${schema["type"] === "array" ? "list" : (schema["type"] ?? "choice")}>`;
  const fallback = schema["default"] as unknown;
  const shown =
    fallback === false || fallback === "" || Array.isArray(fallback) ? "" : ` (default: ${fallback})`;
  const about = `${schema.description}${shown} [${environmentName(name)}]`;
  return new Option(`${long}--${flagName(name)}${value}`, about);
}

/** A flag that is not there, so that whoever tries it is told where the secret belongs. */
const refusedFlag = (name: OptionName): Option =>
  new Option(`--${flagName(name)} <secret>`).hideHelp().argParser(() => {
    throw new StartError(
      `--${flagName(name)} does not exist, because every user of the machine can read a command line: set ${environmentName(name)}`,
    );
  });

/** The flags that were given, as text by option name. */
function flagsOf(
  given: Record<string, string | boolean>,
  command: Command,
): Partial<Record<OptionName, string>> {
  const flags: Partial<Record<OptionName, string>> = {};
  for (const [name] of options) {
    const option = command.options.find(({ long }) => long === `--${flagName(name)}`);
    const value = option && given[option.attributeName()];
    if (value !== undefined) flags[name] = String(value);
  }
  return flags;
}
