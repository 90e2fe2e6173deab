import { Value } from "@sinclair/typebox/value";
import { StartError } from "../core/errors.ts";
import { type FileEntry, parseAppConf } from "./app-conf.ts";
import { nearest } from "./nearest.ts";
import {
  type Config,
  environmentName,
  flagName,
  isWithoutMeaning,
  type OptionName,
  type OptionSchema,
  options,
} from "./schema.ts";
import { combinationProblems, ruleProblem } from "./validate.ts";

/** What is wrong with one option, where it came from, and what would be right. */
interface ConfigProblem {
  source: string;
  message: string;
}

export interface ConfigFile {
  path: string;
  text: string;
}

export interface ConfigSources {
  /** Values of flags by option name, as text. */
  flags: Partial<Record<OptionName, string>>;
  environment: Record<string, string | undefined>;
  /** An app.conf, or null without one. */
  file: ConfigFile | null;
}

export interface LoadedConfig {
  config: Config;
  /** Where each value came from: `--port`, `WAFERD_HTTPPORT`, `app.conf:3`, or `default`. */
  sources: Record<OptionName, string>;
  /** Keys of the file that other servers know and this one has no use for. */
  ignored: string[];
}

/** A value before it is read. */
interface Raw {
  text: string;
  source: string;
}

/**
 * Reads the options: flag over environment over file over default.
 *
 * @throws StartError that lists every problem at once
 */
export function loadConfig({ flags, environment, file }: ConfigSources): LoadedConfig {
  const problems: ConfigProblem[] = unknownVariables(environment);
  const parsed = file === null ? null : readFile(file, environment, problems);
  const given = (name: OptionName, section: string): Raw | null => {
    const schema = schemaOf.get(name);
    const flag = flags[name];
    if (flag !== undefined)
      return { text: flag, source: `--${schema?.shortForm ?? flagName(name)}` };
    const variable = environmentName(name);
    // An empty variable is how a shell or a unit file says "not set".
    const inherited = environment[variable];
    if (inherited !== undefined && inherited !== "") return { text: inherited, source: variable };
    return parsed?.valueOf(name, section) ?? null;
  };
  // The file's sections are chosen by runmode, which therefore stands above them, or comes from elsewhere.
  const section = (given("runmode", "")?.text ?? "prod").toLowerCase();

  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const [name, schema] of options) {
    const raw = given(name, section);
    sources[name] = raw?.source ?? "default";
    values[name] = raw === null ? schema["default"] : parseText(raw.text, schema);
    const message = Value.Check(schema, values[name])
      ? ruleProblem(name, values[name])
      : `must be ${expectation(schema)}`;
    if (message !== null)
      problems.push({ source: sources[name], message: `${message}${shown(raw, schema)}` });
  }
  const config = values as Config;
  if (problems.length === 0)
    for (const { option, message } of combinationProblems(config))
      problems.push({
        source: sources[option] === "default" ? option : (sources[option] ?? ""),
        message,
      });
  if (problems.length > 0)
    throw new StartError(
      `the configuration has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}:\n${problems.map(({ source, message }) => `  ${source} ${message}`).join("\n")}`,
    );
  return { config, sources: sources as Record<OptionName, string>, ignored: parsed?.ignored ?? [] };
}

const schemaOf = new Map(options);
const optionNames = options.map(([name]) => name);
/** Names are the same in any letter case, as in beego. */
const optionByKey = new Map(optionNames.map((name) => [name.toLowerCase(), name]));

/** What was given instead, unless it is a secret. */
const shown = (raw: Raw | null, schema: OptionSchema): string =>
  schema.secret || schema.address || raw === null ? "" : `, not "${raw.text}"`;

function readFile(
  { path, text }: ConfigFile,
  environment: ConfigSources["environment"],
  problems: ConfigProblem[],
) {
  const { entries, strays } = parseAppConf(text, environment);
  const place = ({ line }: { line: number }) => `${path}:${line}`;
  for (const line of strays)
    problems.push({
      source: place({ line }),
      message: "is no `key = value`, no [section] and no # comment",
    });
  const ignored: string[] = [];
  const known: (FileEntry & { name: OptionName })[] = [];
  for (const entry of entries) {
    const name = optionByKey.get(entry.key.toLowerCase());
    if (name !== undefined) known.push({ ...entry, name });
    else if (isWithoutMeaning(entry.key)) ignored.push(entry.key);
    else
      problems.push({
        source: place(entry),
        message: `${entry.key} ${unknown(entry.key, optionNames)}`,
      });
  }
  return {
    ignored: [...new Set(ignored)],
    /** The section's own value goes before the one above all sections, and a later line before an earlier one. */
    valueOf(name: OptionName, section: string): Raw | null {
      const entry =
        known.findLast((found) => found.name === name && found.section === section) ??
        known.findLast((found) => found.name === name && found.section === "");
      // `key =` says nothing.
      return entry === undefined || entry.value === ""
        ? null
        : { text: entry.value, source: place(entry) };
    },
  };
}

function unknownVariables(environment: Record<string, string | undefined>): ConfigProblem[] {
  const known = [CONFIG_VARIABLE, URL_VARIABLE, ...optionNames.map(environmentName)];
  return Object.keys(environment)
    .filter((name) => name.startsWith("WAFERD_") && !known.includes(name))
    .map((source) => ({ source, message: unknown(source, known, meant(source)) }));
}

/** The variable that names the file. */
export const CONFIG_VARIABLE = "WAFERD_CONFIG";

/** The variable that names the server that commands talk to. */
export const URL_VARIABLE = "WAFERD_URL";

const unknown = (name: string, known: readonly string[], near = nearest(name, known)): string =>
  `is no option;${near === null ? "" : ` did you mean ${near}?`} \`waferd serve --help\` lists them all`;

/** The variable of the option whose short form this is, or which is nearest. */
function meant(variable: string): string | null {
  const option = options.find(
    ([, { shortForm }]) => variable === `WAFERD_${shortForm?.toUpperCase()}`,
  );
  const known = optionNames.map(environmentName);
  return option === undefined ? nearest(variable, known) : environmentName(option[0]);
}

const TRUE = /^(true|t|yes|y|on|1)$/i;
const FALSE = /^(false|f|no|n|off|0)$/i;

/** The value that a text stands for; what does not parse is left as text, and fails the schema. */
function parseText(raw: string, schema: OptionSchema): unknown {
  switch (schema["type"]) {
    case "integer":
    case "number":
      return /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
    case "boolean":
      return TRUE.test(raw) ? true : FALSE.test(raw) ? false : raw;
    case "array":
      return raw
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    default:
      return raw;
  }
}

/** What an option's schema takes, in words. */
export function expectation(schema: OptionSchema): string {
  if (schema["anyOf"] !== undefined)
    return `one of ${(schema["anyOf"] as { const: string }[]).map((choice) => choice.const).join(", ")}`;
  switch (schema["type"]) {
    case "integer":
      return `a whole number from ${schema["minimum"]} to ${schema["maximum"]}`;
    case "number":
      return `a number from ${schema["minimum"]} to ${schema["maximum"]}`;
    case "boolean":
      return "true or false";
    default:
      return `of type ${schema["type"]}`;
  }
}
