import { expectation } from "./load.ts";
import { environmentName, type OptionName, type OptionSchema, options } from "./schema.ts";

const HEAD = `# The configuration of waferd, with every option. A line such as
#    #name = value
# shows an option's default: remove the # to change it. A variable of the environment, such as
# ${environmentName("httpport")}, goes before this file, and a flag of waferd serve before both.
#
#   waferd config check --config <this file>   lists every mistake
#   waferd config print --config <this file>   shows every option and its source
`;

/** Describes the values that an option accepts, unless any text is valid. */
function takes(schema: OptionSchema): string {
  const isPlain = schema["type"] === "string" || schema["type"] === "array";
  return isPlain ? "" : ` (${expectation(schema)})`;
}

/**
 * Returns an app.conf that explains every option, with its default in a comment.
 *
 * @param values the options to set
 */
export function sampleConf(values: Partial<Record<OptionName, string>>): string {
  const entries = options.map(([name, schema]) => {
    const fallback = String(schema["default"]);
    const value = values[name];
    const line = value === undefined ? `#${name} = ${fallback}`.trimEnd() : `${name} = ${value}`;
    return `# ${schema.description}${takes(schema)}\n${line}\n`;
  });
  return [HEAD, ...entries].join("\n");
}
