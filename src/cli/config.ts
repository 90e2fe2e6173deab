import { Command } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { options } from "../config/schema.ts";
import { maskAddress } from "../core/address.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";

/** `waferd config check` and `waferd config print`, with the flags, environment and file of `waferd serve`. */
export function configCommand(io: Io): Command {
  const check = addConfigFlags(
    new Command("check").description(
      "tell every mistake of the configuration, and end with 1 if there is any",
    ),
  );
  check.action((given: Record<string, string | boolean>) => {
    const { ignored } = loadGiven(given, check, io);
    io.write(`the configuration is right\n${ignoredLine(ignored)}`);
  });
  const print = addConfigFlags(
    new Command("print").description("print every option with its value and where that came from"),
  );
  print.action((given: Record<string, string | boolean>) =>
    io.write(printed(loadGiven(given, print, io))),
  );
  addExamples(check, "config check --config app.conf");
  addExamples(print, "config print --config app.conf");
  return new Command("config")
    .description("look at the configuration without starting")
    .helpCommand(false)
    .addCommand(check)
    .addCommand(print);
}

/** A line an option, as an app.conf has it, with the source behind it. */
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
