import { Command } from "commander";
import { effectiveOptions } from "../config/effective.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { OptionSource } from "../core/effective-config.ts";
import { StartError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import { jsonOption } from "./api-command.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import type { Check } from "./doctor/check.ts";
import { checkStart } from "./doctor/start.ts";
import { addExamples } from "./examples.ts";
import { EXIT } from "./exit-status.ts";

/**
 * Makes `waferd config check` and `waferd config print`, which read the flags, the environment and
 * the file as `waferd serve` does.
 */
export function configCommand({ io, clock, endWith }: CommandDeps): Command {
  const check = addConfigFlags(
    new Command("check")
      .description(
        "print every mistake of the configuration, and what on this machine would stop a start: certificate and key, data folder, log, ports; ends with 1 if there is any",
      )
      .addOption(jsonOption("print JSON: `valid`, `mistakes`, `notes` and `checks`")),
  );
  check.action(async (given: Record<string, string | boolean>) => {
    const report = await examine(() => loadGiven(given, check, io), clock);
    if (given["json"] === true) io.write(`${JSON.stringify(report)}\n`);
    else if (report.valid)
      io.write(`the configuration is right\n${report.notes.map((note) => `# ${note}\n`).join("")}`);
    else
      io.print(`waferd: ${report.title}:\n${report.mistakes.map((one) => `  ${one}\n`).join("")}`);
    if (!report.valid) endWith(EXIT.failed);
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

/** The outcome of `config check`; with --json it is printed as it is. */
interface Report {
  valid: boolean;
  title: string;
  mistakes: string[];
  notes: string[];
  /** The checks of this machine; none if the configuration itself is wrong. */
  checks: Check[];
}

async function examine(load: () => LoadedConfig, clock: Clock): Promise<Report> {
  let loaded: LoadedConfig;
  try {
    loaded = load();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const [title = "", ...mistakes] = error.message.split("\n");
    const list = mistakes.map((mistake) => mistake.trim());
    const [name, all] = list.length === 0 ? ["the configuration is wrong", [title]] : [title, list];
    return { valid: false, title: name.replace(/:$/, ""), mistakes: all, notes: [], checks: [] };
  }
  const checks = await Array.fromAsync(checkStart(loaded.config, clock.now()));
  const told = ({ name, message, todo }: Check): string =>
    `${name}: ${message}${todo === null ? "" : `. To do: ${todo}`}`;
  const inState = (state: Check["state"]): string[] =>
    checks.filter((one) => one.state === state).map(told);
  const mistakes = inState("fail");
  const ignored =
    loaded.ignored.length === 0 ? [] : [`without a meaning here: ${loaded.ignored.join(", ")}`];
  return {
    valid: mistakes.length === 0,
    title: mistakes.length === 0 ? "the configuration is right" : "a start would fail",
    mistakes,
    notes: [...ignored, ...loaded.hints, ...loaded.unknown, ...inState("warn")],
    checks,
  };
}

/** Returns a line for each option, as an app.conf has it, followed by the source of its value. */
function printed(loaded: LoadedConfig): string {
  const { ignored } = loaded;
  const lines = effectiveOptions(loaded).map(({ name, value, isSet, source }) => {
    const secret = isSet ? "(set)" : "";
    const shown = value === null ? secret : Array.isArray(value) ? value.join(",") : value;
    return { entry: `${name} = ${shown}`, source: sourceText(source) };
  });
  const width = Math.max(...lines.map(({ entry }) => entry.length));
  const text = lines.map(({ entry, source }) => `${entry.padEnd(width)}  // ${source}\n`).join("");
  return `${text}${ignoredLine(ignored)}`;
}

const sourceText = ({ name, line }: OptionSource): string =>
  [name ?? "default", ...(line === null ? [] : [line])].join(":");

const ignoredLine = (ignored: readonly string[]): string =>
  ignored.length === 0 ? "" : `# without a meaning here: ${ignored.join(", ")}\n`;
