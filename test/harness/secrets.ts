/** All secrets that the tests have used or received. None may occur in a log. */
const secrets = new Set<string>();

/** Notes secrets. Those of less than eight characters are ignored, because they occur by chance. */
export function noteSecret(...values: readonly unknown[]): void {
  for (const value of values)
    if (typeof value === "string" && value.length >= 8) secrets.add(value);
}

/** Returns the noted secrets that occur in a text, literally or percent-encoded. */
export const secretsIn = (text: string): string[] =>
  [...secrets].filter(
    (secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)),
  );
