import { expectation } from "./load.ts";
import { environmentName, flagName, type OptionSchema, options } from "./schema.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** Describes the values that an option accepts. */
function takes(schema: OptionSchema): string {
  if (schema["type"] === "array") return "texts, separated by commas";
  if (schema["type"] === "string") return "text";
  return expectation(schema);
}

function fallback(schema: OptionSchema): string {
  const value = schema["default"] as unknown;
  return value === "" || (Array.isArray(value) && value.length === 0) ? "" : `\`${value}\``;
}

/** Returns the table of all options in Markdown. */
export function optionTable(): string {
  const rows = options.map(([name, schema]) => {
    const flags = [...(schema.shortForm === undefined ? [] : [schema.shortForm]), flagName(name)];
    const flag = schema.secret
      ? "none: every user can read a command line"
      : flags.map((one) => `\`--${one}\``).join(", ");
    return `| \`${name}\` | ${cell(schema.description)} | ${cell(takes(schema))} | ${fallback(schema)} | \`${environmentName(name)}\` | ${flag} |`;
  });
  return [
    "| option | meaning | takes | default | environment | flag |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
