import { styleText } from "node:util";
import type { Io } from "../io.ts";

/** The emphasis of a cell on a terminal. */
export type Tone = "good" | "bad" | "doubtful" | "quiet";

const STYLES = { good: "green", bad: "red", doubtful: "yellow", quiet: "dim" } as const;

/** The space between two columns. */
const GAP = "  ";

/** Returns a text with the colour of its tone, where colours are shown. */
export const toned = (io: Io, tone: Tone | null, text: string): string =>
  tone !== null && io.isColoured ? styleText(STYLES[tone], text, { validateStream: false }) : text;

/** Replaces control characters: titles and nicknames are untrusted input for a terminal. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");

/** The text of a cell, and its emphasis. */
export type Cell = string | { text: string; tone: Tone };

const textOf = (cell: Cell): string => printable(typeof cell === "string" ? cell : cell.text);

/** A table that is printed page by page; the first page sets the widths of the columns. */
export class Table {
  readonly #io;
  readonly #heads;
  #widths: number[] | null = null;

  constructor(io: Io, heads: readonly string[]) {
    this.#io = io;
    this.#heads = heads;
  }

  print(rows: readonly (readonly Cell[])[]): void {
    const isFirst = this.#widths === null;
    this.#widths ??= this.#heads.map((head, column) =>
      Math.max(head.length, ...rows.map((row) => Bun.stringWidth(textOf(row[column] ?? "")))),
    );
    const heads = this.#heads.map((text): Cell => ({ text, tone: "quiet" }));
    for (const row of isFirst ? [heads, ...rows] : rows) this.#io.write(`${this.#line(row)}\n`);
  }

  #line(row: readonly Cell[]): string {
    return row
      .map((cell, column) => {
        const text = textOf(cell);
        const isLast = column === row.length - 1;
        const width = this.#widths?.[column] ?? 0;
        const padding = isLast ? "" : " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
        return `${toned(this.#io, typeof cell === "string" ? null : cell.tone, text)}${padding}`;
      })
      .join(GAP);
  }
}

/** Prints names and values, one pair per line. */
export function printFacts(io: Io, facts: readonly (readonly [name: string, value: Cell])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    const text = toned(io, typeof value === "string" ? null : value.tone, textOf(value));
    io.write(`${toned(io, "quiet", name.padEnd(width))}${GAP}${text}\n`);
  }
}
