import { Value } from "@sinclair/typebox/value";
import { StartError } from "../core/errors.ts";
import {
  type Config,
  environmentName,
  flagName,
  type OptionName,
  type OptionSchema,
  options,
} from "./schema.ts";
import { ruleProblem } from "./validate.ts";

/** What is wrong with one option, where it came from, and what would be right. */
export interface ConfigProblem {
  source: string;
  message: string;
}

export interface ConfigSources {
  /** Values of flags by option name, as text. */
  flags: Partial<Record<OptionName, string>>;
  environment: Record<string, string | undefined>;
}

/**
 * Reads the options: flag over environment over default.
 *
 * @throws StartError that lists every problem at once
 */
export function loadConfig({ flags, environment }: ConfigSources): Config {
  const problems: ConfigProblem[] = unknownVariables(environment);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of options) {
    const variable = environmentName(name);
    // An empty variable is how a shell or a unit file says "not set".
    const inherited = environment[variable] === "" ? undefined : environment[variable];
    const raw = flags[name] ?? inherited;
    const source = flags[name] !== undefined ? `--${schema.shortForm ?? flagName(name)}` : variable;
    values[name] = raw === undefined ? schema["default"] : parseText(raw, schema);
    if (!Value.Check(schema, values[name])) {
      problems.push({ source, message: `must be ${expectation(schema)}${shown(raw, schema)}` });
      continue;
    }
    const message = ruleProblem(name, values[name]);
    if (message !== null) problems.push({ source, message: `${message}${shown(raw, schema)}` });
  }
  if (problems.length > 0)
    throw new StartError(
      `the configuration has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}:\n${problems.map(({ source, message }) => `  ${source} ${message}`).join("\n")}`,
    );
  return values as Config;
}

/** What was given instead, unless it is a secret. */
const shown = (raw: string | undefined, schema: OptionSchema): string =>
  schema.secret || raw === undefined ? "" : `, not "${raw}"`;

function unknownVariables(environment: Record<string, string | undefined>): ConfigProblem[] {
  const known = new Set(options.map(([name]) => environmentName(name)));
  return Object.keys(environment)
    .filter((name) => name.startsWith("WAFERD_") && !known.has(name))
    .map((source) => ({
      source,
      message: `is no option${meant(source)}; \`waferd serve --help\` lists them all`,
    }));
}

/** Names the variable of the option whose short form this is. */
function meant(variable: string): string {
  const option = options.find(([, { shortForm }]) => variable === `WAFERD_${shortForm?.toUpperCase()}`);
  return option === undefined ? "" : `, ${environmentName(option[0])} is`;
}

/** The value that a text stands for; what does not parse is left as text, and fails the schema. */
function parseText(raw: string, schema: OptionSchema): unknown {
  switch (schema["type"]) {
    case "integer":
    case "number":
      return /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
    case "boolean":
      return raw === "true" || raw === "1" ? true : raw === "false" || raw === "0" ? false : raw;
    case "array":
      return raw
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    default:
      return raw;
  }
}

function expectation(schema: OptionSchema): string {
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
