/** What takes the place of label values beyond the limit. */
const OTHER = "other";

/** Lets so many different values through, in the order in which they come: a label must not grow for ever. */
export function bounded(limit: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= limit) return OTHER;
    known.add(value);
    return value;
  };
}
