import { Command, Option } from "commander";
import { loadConfig } from "../config/load.ts";
import {
  type Config,
  environmentName,
  flagName,
  type OptionName,
  type OptionSchema,
  options,
} from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import { banner, type StartedService } from "./banner.ts";
import type { Io } from "./io.ts";

/** Starts the service; `stop` finishes the requests in hand and closes everything. */
export type StartService = (config: Config, io: Io) => Promise<StartedService & { stop(): Promise<void> }>;

/** `waferd serve`: runs until SIGTERM or SIGINT. */
export function serveCommand(io: Io, startService: StartService): Command {
  const command = new Command("serve").description("run the server");
  for (const [name, schema] of options)
    command.addOption(schema.secret ? refusedFlag(name) : flag(name, schema));
  const secrets = options.filter(([, schema]) => schema.secret).map(([name]) => environmentName(name));
  command.addHelpText(
    "after",
    `\nA flag goes before its environment variable, in brackets. Secrets come from the environment, or from files in the data folder: ${secrets.join(", ")}.`,
  );
  return command.action(async (given: Record<string, string | boolean>) => {
    const config = loadConfig({ flags: flagsOf(given, command), environment: io.environment });
    // Listened for from here on: a signal in the middle of the start is obeyed after it.
    const terminated = io.terminated();
    const service = await startService(config, io);
    io.print(banner(service));
    await terminated;
    await service.stop();
  });
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
