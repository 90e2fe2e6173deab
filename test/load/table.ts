/**
 * Formats a table in Markdown. Columns of figures are aligned to the right. A dash stands for the
 * figures of a turn in which a busy machine answered nothing.
 */
export function table(head: readonly string[], given: readonly (readonly string[])[]): string {
  const rows = given.map((cells) => cells.map((cell) => cell.replace(/-?Infinity|NaN/g, "—")));
  const isFigure = (column: number): boolean =>
    rows.every((row) => /^[\d*—]/.test(row[column] ?? ""));
  const rule = head.map((_, column) => (isFigure(column) ? "---:" : "---"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Formats 1234567 as "1 234 567". */
export const whole = (figure: number): string =>
  Math.round(figure)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");

/** Rounds to three significant digits, and to whole numbers. */
export const rough = (figure: number): string => {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, figure))) - 2);
  return whole(Math.round(figure / step) * step);
};

/** Formats bytes as MiB. */
export const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}`;

/** Formats microseconds. */
export const micros = (figure: number): string =>
  figure < 100 ? figure.toFixed(1) : whole(figure);

/** Formats milliseconds. */
export const ms = (figure: number): string => (figure < 10 ? figure.toFixed(1) : whole(figure));
