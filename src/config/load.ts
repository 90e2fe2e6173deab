import { dirname, isAbsolute, join } from "node:path";
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
import { isServiceLink } from "./service-links.ts";
import { combinationProblems, ruleProblem } from "./validate.ts";

/** A mistake in one option: where it is, and how it should be. */
interface ConfigProblem {
  source: string;
  message: string;
}

export interface ConfigFile {
  path: string;
  text: string;
}

export interface ConfigSources {
  /** The texts of the flags, by option name. */
  flags: Partial<Record<OptionName, string>>;
  environment: Record<string, string | undefined>;
  /** An app.conf; null without one. */
  file: ConfigFile | null;
}

export interface LoadedConfig {
  config: Config;
  /** The source of each value: `--port`, `WAFERD_HTTPPORT`, `app.conf:3` or `default`. */
  sources: Record<OptionName, string>;
  /** Keys of the file that other servers know and waferd ignores. */
  ignored: string[];
  /** Differences from the server for which the file was written, for people. */
  hints: string[];
  /** Variables of the environment that look like options and are not, for people. */
  unknown: string[];
  /** The file that was read; null without one. */
  path: string | null;
}

/** A value before it is parsed. */
interface Raw {
  text: string;
  source: string;
  isInFile?: true;
}

/**
 * Reads the options. A flag goes before the environment, that before the file.
 *
 * @throws StartError that lists every problem at once
 */
export function loadConfig({ flags, environment, file }: ConfigSources): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const parsed = file === null ? null : readFile(file, environment, problems);
  const given = (name: OptionName, section: string): Raw | null => {
    const schema = schemaOf.get(name);
    const flag = flags[name];
    if (flag !== undefined)
      return { text: flag, source: `--${schema?.shortForm ?? flagName(name)}` };
    const variable = environmentName(name);
    // In a shell or a unit file, an empty variable means "not set".
    // A file of variables may have been written on Windows.
    const inherited = environment[variable]?.replace(/[\r\n]+$/, "");
    if (inherited !== undefined && inherited !== "" && !isServiceLink(variable, inherited))
      return { text: inherited, source: variable };
    return parsed?.valueOf(name, section) ?? null;
  };
  // runmode chooses the section, so in the file only its value above all sections counts.
  const section = (given("runmode", "")?.text ?? "prod").toLowerCase();

  const values: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const [name, schema] of options) {
    const raw = given(name, section);
    sources[name] = raw?.source ?? "default";
    values[name] = raw === null ? schema["default"] : parseText(raw.text, schema);
    if (schema.path && file !== null && !isFromOutside(raw))
      values[name] = besideFile(file.path, String(values[name]));
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
  const ignored = parsed?.ignored ?? [];
  const hints =
    sources["httpaddr"] === "default" && ignored.some((key) => BEEGO.test(key))
      ? [LISTENS_HERE]
      : [];
  return {
    config,
    sources: sources as Record<OptionName, string>,
    ...{ ignored, hints, unknown: unknownVariables(environment), path: file?.path ?? null },
  };
}

/** Tells whether a value is a flag's or a variable's: their paths stay as they are. */
const isFromOutside = (raw: Raw | null): boolean => raw !== null && raw.isInFile !== true;

/** Returns a path in a file as it is from the current folder. */
function besideFile(file: string, path: string): string {
  const folder = dirname(file);
  return path === "" || isAbsolute(path) || folder === "." ? path : join(folder, path);
}

/** Keys that the app.conf of every server made with beego has. */
const BEEGO = /^(autorender|copyrequestbody)$/i;
const LISTENS_HERE =
  "httpaddr is not set: the go server listened on all addresses, and waferd listens on 127.0.0.1. Set httpaddr = 0.0.0.0 if other machines call it, and let only them through the firewall";

const schemaOf = new Map(options);
const optionNames = options.map(([name]) => name);
/** As in beego, the letter case of a name does not matter. */
const optionByKey = new Map(optionNames.map((name) => [name.toLowerCase(), name]));

/** Quotes the wrong value, unless it is a secret. */
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
      message: "is not a `key = value`, a [section] or a # comment",
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
    /** A value in the section goes before one above all sections, a later before an earlier. */
    valueOf(name: OptionName, section: string): Raw | null {
      const entry =
        known.findLast((found) => found.name === name && found.section === section) ??
        known.findLast((found) => found.name === name && found.section === "");
      // `key =` without a value means "not set".
      return entry === undefined || entry.value === ""
        ? null
        : { text: entry.value, source: place(entry), isInFile: true };
    },
  };
}

/** A variable that nobody knows may be another program's, so it does not stop a start. */
function unknownVariables(environment: Record<string, string | undefined>): string[] {
  const known = [CONFIG_VARIABLE, URL_VARIABLE, ...optionNames.map(environmentName)];
  return Object.entries(environment)
    .filter(
      ([name, value = ""]) =>
        name.startsWith("WAFERD_") && !known.includes(name) && !isServiceLink(name, value),
    )
    .map(([name]) => `${name} ${unknown(name, known, meant(name))}`);
}

/** The variable that contains the path of the file. */
export const CONFIG_VARIABLE = "WAFERD_CONFIG";

/** The variable that contains the address of the server that commands use. */
export const URL_VARIABLE = "WAFERD_URL";

const unknown = (name: string, known: readonly string[], near = nearest(name, known)): string =>
  `is not an option;${near === null ? "" : ` did you mean ${near}?`} \`waferd serve --help\` lists them all`;

/** Returns the variable of the option with this short form, or the most similar variable. */
function meant(variable: string): string | null {
  const option = options.find(
    ([, { shortForm }]) => variable === `WAFERD_${shortForm?.toUpperCase()}`,
  );
  const known = optionNames.map(environmentName);
  return option === undefined ? nearest(variable, known) : environmentName(option[0]);
}

const TRUE = /^(true|t|yes|y|on|1)$/i;
const FALSE = /^(false|f|no|n|off|0)$/i;

/** Parses a value. A text that does not parse is returned as it is, and fails the schema. */
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

/** Describes the values that an option accepts. */
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
