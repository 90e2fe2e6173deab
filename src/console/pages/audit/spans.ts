/** The spans of time that a filter offers, as the command line writes them, in milliseconds. */
const SPANS_MS = { "1h": 3_600_000, "1d": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };

export type AuditSpan = keyof typeof SPANS_MS;
export const auditSpans = Object.keys(SPANS_MS) as AuditSpan[];

/** Returns the beginning of a span that ends now; null for an unknown span. */
export function sinceOf(span: string | null): string | null {
  const found = auditSpans.find((one) => one === span);
  if (found === undefined) return null;
  // To the minute, so that equal questions have equal addresses.
  const minute = Math.floor((Date.now() - SPANS_MS[found]) / 60_000) * 60_000;
  return new Date(minute).toISOString();
}
