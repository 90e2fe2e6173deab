import { EN, type Messages } from "./en.ts";
import { ZH } from "./zh.ts";

/** The name of an operation of the API. */
export type OperationName = keyof Messages["operations"];

/** A group of operations in the API's document. */
export type OperationTag = keyof Messages["tags"];

export type Language = "en" | "zh";

export const MESSAGES: Readonly<Record<Language, Messages>> = { en: EN, zh: ZH };

export const languages = Object.keys(MESSAGES) as Language[];

export const isLanguage = (text: string): text is Language => Object.hasOwn(MESSAGES, text);

/**
 * Returns the language that a client likes best of those that there are (RFC 9110, section 12.5.4).
 *
 * @param header Accept-Language; null without it
 * @returns English for a client that likes none of them, or both alike
 */
export function preferredLanguage(header: string | null): Language {
  const weights = { en: 0, zh: 0 };
  for (const range of (header ?? "").split(",")) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const language = tag.split("-")[0] ?? "";
    if (!isLanguage(language)) continue;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (weight > weights[language]) weights[language] = weight;
  }
  return weights.zh > weights.en ? "zh" : "en";
}
