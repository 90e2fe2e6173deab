import { type TSchema, Type } from "@sinclair/typebox";

/** Facts of an option beside those that JSON Schema has. */
interface OptionFacts {
  /** Another flag for the same option, without its dashes. */
  shortForm?: string;
  /** Never read from argv, which every user of the machine can see; never shown. */
  secret?: true;
  /** An address that may contain a password, so its value is never shown. */
  address?: true;
  /** A path; a relative one in a file is meant from the folder of that file. */
  path?: true;
  /** A reload with another value is refused. */
  needsRestart?: true;
}

export type OptionSchema = TSchema & OptionFacts & { description: string };

export const text = (fallback: string, description: string, facts: OptionFacts = {}) =>
  Type.String({ default: fallback, description, ...facts });

export const choice = <const Choice extends string>(
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
  description: string,
) =>
  Type.Union(
    choices.map((one) => Type.Literal(one)),
    { default: fallback, description },
  ) as unknown as TSchema & { static: Choice; params: [] };

export const flag = (fallback: boolean, description: string, facts: OptionFacts = {}) =>
  Type.Boolean({ default: fallback, description, ...facts });

export const integer = (
  fallback: number,
  minimum: number,
  maximum: number,
  description: string,
  facts: OptionFacts = {},
) => Type.Integer({ default: fallback, minimum, maximum, description, ...facts });

export const seconds = (fallback: number, description: string) =>
  Type.Number({ default: fallback, minimum: 0.1, maximum: 120, description });

export const list = (description: string) =>
  Type.Array(Type.String(), { default: [], description });

/** Returns why a text cannot be an address or a host name, or null when it can. */
export const hostProblem = (host: string): string | null =>
  /^[\w.:-]+$/.test(host) ? null : "must be an address or a host name";
