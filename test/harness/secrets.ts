/** Every secret that the tests have used or seen: what a log must never hold. */
const secrets = new Set<string>();

/** Notes a secret. Short ones would be found by chance. */
export function noteSecret(...values: readonly unknown[]): void {
  for (const value of values) if (typeof value === "string" && value.length >= 8) secrets.add(value);
}

/** The secrets that occur in a text, as they are or percent-encoded. */
export const secretsIn = (text: string): string[] =>
  [...secrets].filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));

export const notedSecrets = (): number => secrets.size;
