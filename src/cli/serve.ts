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
import { banner, type StartedService } from "./banner.ts";
import type { Io } from "./io.ts";

/** Starts the service; `stop` finishes the requests in hand and closes everything. */
export type StartService = (config: Config, io: Io) => Promise<StartedService & { stop(): Promise<void> }>;

/** `waferd serve`: runs until SIGTERM or SIGINT. */
export function serveCommand(io: Io, startService: StartService): Command {
  const command = new Command("serve").description("run the server");
  for (const [name, schema] of options) if (schema.secret !== true) command.addOption(flag(name, schema));
  const secrets = options.filter(([, schema]) => schema.secret).map(([name]) => environmentName(name));
  command.addHelpText(
    "after",
    `\nEvery option can be set by its environment variable too, named after it: --data-dir is ${environmentName("data_dir")}.\nSecrets come from there only: ${secrets.join(", ")}.`,
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
  const value = isBoolean ? "" : ` <${schema["type"] === "array" ? "list" : (schema["type"] ?? "choice")}>`;
  const fallback = schema["default"] as unknown;
  const shown = isBoolean || fallback === "" || Array.isArray(fallback) ? "" : ` (default: ${fallback})`;
  return new Option(`${long}--${flagName(name)}${value}`, schema.description + shown);
}

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
