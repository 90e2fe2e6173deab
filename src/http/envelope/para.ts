import { Failure } from "../../core/errors.ts";

/** The members of `interface.para`, of whatever types a client sent. */
export type Para = { readonly [member: string]: unknown };

export const isPara = (value: unknown): value is Para =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const badMember = (member: string): Failure => new Failure("badParameter", { reason: member });

/** Tells whether a member holds something: an empty one counts as absent. */
export function isGiven(para: Para, member: string): boolean {
  // We name the members, and none of our names is one that every object inherits.
  const value = para[member];
  return value !== undefined && value !== null && value !== "";
}

/**
 * Returns a member as text: numbers and booleans count as theirs; absent, null and empty are null.
 *
 * @returns a Failure badParameter when the member is an object or an array
 */
export function optionalText(para: Para, member: string): string | null | Failure {
  if (!isGiven(para, member)) return null;
  const value = para[member];
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : badMember(member);
}

/** Returns as optionalText, and a Failure badParameter when there is nothing. */
export function requiredText(para: Para, member: string): string | Failure {
  return optionalText(para, member) ?? badMember(member);
}

/**
 * Returns several optional members by name.
 *
 * @returns a Failure badParameter that names the first that is an object or an array
 */
export const optionalTexts = <const Member extends string>(
  para: Para,
  members: readonly Member[],
): Record<Member, string | null> | Failure => textsOf(para, members, optionalText);

/**
 * Returns several required members by name.
 *
 * @returns a Failure badParameter that names the first that is missing, an object or an array
 */
export const requiredTexts = <const Member extends string>(
  para: Para,
  members: readonly Member[],
): Record<Member, string> | Failure => textsOf(para, members, requiredText);

function textsOf<Member extends string, Text extends string | null>(
  para: Para,
  members: readonly Member[],
  read: (para: Para, member: Member) => Text | Failure,
): Record<Member, Text> | Failure {
  const texts: [Member, Text][] = [];
  for (const member of members) {
    const text = read(para, member);
    if (text instanceof Failure) return text;
    texts.push([member, text]);
  }
  return Object.fromEntries(texts) as Record<Member, Text>;
}
