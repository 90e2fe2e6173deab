import { maskAddress } from "../core/address.ts";
import type {
  EffectiveConfig,
  EffectiveOption,
  OptionSource,
  ShownValue,
} from "../core/effective-config.ts";
import type { LoadedConfig } from "./load.ts";
import {
  type Config,
  environmentName,
  flagName,
  type OptionName,
  type OptionSchema,
  options,
} from "./schema.ts";

/** Returns every option as it is in effect, without secrets, in the order of the schema. */
export const effectiveOptions = ({ config, sources }: LoadedConfig): EffectiveOption[] =>
  options.map(([name, schema]) => {
    const value = config[name];
    const fallback = schema["default"] as ShownValue;
    const isSecret = schema.secret === true;
    return {
      name,
      value: isSecret ? null : shownValue(value, schema),
      default: fallback,
      isSecret,
      isSet: JSON.stringify(value) !== JSON.stringify(fallback),
      source: parseSource(sources[name], name),
      takesReload: schema.needsRestart !== true,
      environment: environmentName(name),
      flag: isSecret ? null : `--${schema.shortForm ?? flagName(name)}`,
      description: schema.description,
    };
  });

const shownValue = (value: Config[OptionName], schema: OptionSchema): ShownValue =>
  schema.address ? maskAddress(String(value)) : value;

/** Returns a configuration as it is in effect, without secrets. */
export const effectiveConfig = (loaded: LoadedConfig): EffectiveConfig => ({
  file: loaded.path,
  options: effectiveOptions(loaded),
  ignored: loaded.ignored,
  hints: [...loaded.hints, ...loaded.unknown],
});

/** Takes a source apart: `--port`, `WAFERD_HTTPPORT`, `app.conf:3` or `default`. */
function parseSource(source: string, option: OptionName): OptionSource {
  if (source === "default") return { kind: "default", name: null, line: null };
  if (source === environmentName(option)) return { kind: "environment", name: source, line: null };
  const [, path, line] = /^(.*):(\d+)$/s.exec(source) ?? [];
  return path === undefined
    ? { kind: "flag", name: source, line: null }
    : { kind: "file", name: path, line: Number(line) };
}
