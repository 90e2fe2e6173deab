import type { TString } from "@sinclair/typebox";
import { LIMITS, type LimitName, limitNames } from "../core/limits/limit-names.ts";
import type { LimitRates } from "../core/limits/limits.ts";
import { parseRate, RATE_FORM } from "../core/limits/rate.ts";
import { text } from "./option.ts";

type LimitOptionName = `limits.${LimitName}`;

const byOption = <Value>(value: (name: LimitName) => Value) =>
  Object.fromEntries(limitNames.map((name) => [`limits.${name}`, value(name)])) as Record<
    LimitOptionName,
    Value
  >;

/** An option for each limit. */
export const limitOptions = byOption<TString>((name) =>
  text(LIMITS[name].default, LIMITS[name].description),
);

const rateProblem = (rate: string): string | null =>
  parseRate(rate) === undefined ? `must be ${RATE_FORM}` : null;

/** The rules of these options. */
export const limitRules = byOption(() => rateProblem);

/** Returns the rates that a valid configuration sets. */
export const limitRates = (config: Record<LimitOptionName, string>): LimitRates =>
  Object.fromEntries(
    limitNames.map((name) => [name, parseRate(config[`limits.${name}`]) ?? null]),
  ) as LimitRates;
