import { Failure } from "../../core/errors.ts";

/** The members of `interface.para`, of whatever types a client sent. */
export type Para = { readonly [member: string]: unknown };

export const isPara = (value: unknown): value is Para =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const badMember = (member: string): Failure => new Failure("badParameter", { reason: member });

/** Whether there is something in a member: what is empty counts as absent. */
export function isGiven(para: Para, member: string): boolean {
  // Members are named by us, and none of our names is one that every object inherits.
  const value = para[member];
  return value !== undefined && value !== null && value !== "";
}

/**
 * A member as text: numbers and booleans count as theirs; absent, null and empty are null.
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

/** As optionalText, and a Failure badParameter when there is nothing. */
export function requiredText(para: Para, member: string): string | Failure {
  return optionalText(para, member) ?? badMember(member);
}

/**
 * Several required members at once.
 *
 * @returns their texts by name, or a Failure badParameter that names the first that is missing
 */
export function requiredTexts<const Member extends string>(
  para: Para,
  members: readonly Member[],
): Record<Member, string> | Failure {
  const texts: [Member, string][] = [];
  for (const member of members) {
    const text = requiredText(para, member);
    if (text instanceof Failure) return text;
    texts.push([member, text]);
  }
  return Object.fromEntries(texts) as Record<Member, string>;
}
