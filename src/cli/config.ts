import { Command } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { options } from "../config/schema.ts";
import { maskAddress } from "../core/address.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/**
 * Makes `waferd config check` and `waferd config print`, which read the flags, the environment and
 * the file as `waferd serve` does.
 */
export function configCommand({ io }: CommandDeps): Command {
  const check = addConfigFlags(
    new Command("check").description(
      "print every mistake of the configuration, and end with 1 if there is any",
    ),
  );
  check.action((given: Record<string, string | boolean>) => {
    const { ignored, hints, unknown } = loadGiven(given, check, io);
    const notes = [...hints, ...unknown].map((hint) => `# ${hint}\n`).join("");
    io.write(`the configuration is right\n${ignoredLine(ignored)}${notes}`);
  });
  const print = addConfigFlags(
    new Command("print").description("print every option with its value and its source"),
  );
  print.action((given: Record<string, string | boolean>) =>
    io.write(printed(loadGiven(given, print, io))),
  );
  addExamples(check, "config check --config app.conf");
  addExamples(print, "config print --config app.conf");
  return new Command("config")
    .description("check or print the configuration without starting")
    .helpCommand(false)
    .addCommand(check)
    .addCommand(print);
}

/** Returns a line for each option, as an app.conf has it, followed by the source of its value. */
function printed({ config, sources, ignored }: LoadedConfig): string {
  const lines = options.map(([name, schema]) => {
    const value = config[name];
    const shown =
      schema.secret && value !== "" ? "(set)" : Array.isArray(value) ? value.join(",") : value;
    const masked = schema.address ? maskAddress(String(shown)) : shown;
    return { entry: `${name} = ${masked}`, source: sources[name] };
  });
  const width = Math.max(...lines.map(({ entry }) => entry.length));
  const text = lines.map(({ entry, source }) => `${entry.padEnd(width)}  // ${source}\n`).join("");
  return `${text}${ignoredLine(ignored)}`;
}

const ignoredLine = (ignored: readonly string[]): string =>
  ignored.length === 0 ? "" : `# without a meaning here: ${ignored.join(", ")}\n`;
