import { Failure } from "../errors.ts";
import type { JsonObject } from "./user-info.ts";

/** The form of a text that users may set themselves. */
export interface OwnText {
  longest: number;
  /** A regular expression of JSON Schema. */
  pattern: string;
  /** Behind "must be". */
  words: string;
}

const text = (longest: number): OwnText => ({
  longest,
  pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
  words: `a text of at most ${longest} characters, without control characters`,
});

/** The texts of a profile that users may set themselves, in WeChat's spelling. */
export const OWN_TEXTS = {
  nickName: text(64),
  avatarUrl: {
    longest: 2048,
    pattern:
      "^(https:\\/\\/[A-Za-z0-9.-]+(:\\d{1,5})?([\\/?#][^\\s\\u0000-\\u001f]*)?|cloud:\\/\\/[^\\s\\/]+\\/[^\\s\\u0000-\\u001f]+)?$",
    words:
      "an address with https, or a file of cloud://; a file on the phone has to be uploaded first",
  },
  language: text(100),
  city: text(100),
  province: text(100),
  country: text(100),
} satisfies Record<string, OwnText>;

/** A member of a profile that users may set themselves. */
export type OwnMember = keyof typeof OWN_TEXTS | "gender";
export const ownMembers = [...Object.keys(OWN_TEXTS), "gender"] as OwnMember[];

/** 0 unknown, 1 male, 2 female, as WeChat counts. */
export const GENDERS = [0, 1, 2] as const;

/** The members that a user sets; null removes one. */
export type OwnProfile = { [Member in OwnMember]?: unknown };

function problemOf(member: OwnMember, value: unknown): string | null {
  if (member === "gender")
    return (GENDERS as readonly unknown[]).includes(value)
      ? null
      : "must be 0 (unknown), 1 (male) or 2 (female)";
  const { longest, pattern, words } = OWN_TEXTS[member];
  const isRight =
    typeof value === "string" &&
    value.length <= longest &&
    value.isWellFormed() &&
    new RegExp(pattern).test(value);
  return isRight ? null : `must be ${words}`;
}

/**
 * Checks a user's own word, which nothing but the session authenticates.
 *
 * @returns null, or a Failure badParameter with the first member that is wrong
 */
export function ownProfileFailure(profile: OwnProfile): Failure | null {
  for (const member of ownMembers) {
    const value = profile[member];
    const problem = value === undefined || value === null ? null : problemOf(member, value);
    if (problem !== null) return new Failure("badParameter", { reason: member, problem });
  }
  return null;
}

/** Returns the members of an object that users may set; others, such as openId, are left out. */
export const ownProfileIn = (members: JsonObject): OwnProfile =>
  Object.fromEntries(
    ownMembers.filter((member) => member in members).map((member) => [member, members[member]]),
  );
