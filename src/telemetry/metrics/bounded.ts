/** Replaces label values beyond the limit. */
const OTHER = "other";

/** Returns a function that passes a limited number of different values: labels must be finite. */
export function bounded(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return OTHER;
    known.add(value);
    return value;
  };
}
