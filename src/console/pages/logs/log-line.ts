/** A line of the log, as the server writes it. */
export interface ShownLine {
  /** Counts the lines of this page, for React. */
  number: number;
  level: "debug" | "info" | "warn" | "error";
  time: string;
  msg: string;
  fields: Readonly<Record<string, unknown>>;
}

const LEVELS: readonly string[] = ["debug", "info", "warn", "error"] satisfies ShownLine["level"][];

const isLevel = (text: unknown): text is ShownLine["level"] =>
  typeof text === "string" && LEVELS.includes(text);

/** Parses a line; null for any other text. */
export function parseShownLine(text: string, number: number): ShownLine | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { level, time, msg, ...fields } = parsed as Record<string, unknown>;
  if (!isLevel(level) || typeof time !== "string") return null;
  return { number, level, time, msg: String(msg ?? ""), fields };
}

/** Fields that the summary leaves out, because the panel of a line has them. */
const LEFT_OUT = ["pid", "requestId", "peer", "durationMs", "stack"];

/** Returns the fields of a line in one row of text. */
export function summaryOf({ fields }: ShownLine): string {
  return Object.entries(fields)
    .filter(([name, value]) => value !== null && !LEFT_OUT.includes(name))
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" ");
}
