import { styleText } from "node:util";
import type { Io } from "../io.ts";

/** How a cell stands out on a terminal. */
export type Tone = "good" | "bad" | "doubtful" | "quiet";

const STYLES = { good: "green", bad: "red", doubtful: "yellow", quiet: "dim" } as const;

/** Between two columns. */
const GAP = "  ";

/** A text in colours where they are shown. */
export const toned = (io: Io, tone: Tone | null, text: string): string =>
  tone !== null && io.isColoured ? styleText(STYLES[tone], text, { validateStream: false }) : text;

/** Titles and nicknames are other people's: none of them may command the terminal. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");

/** A cell: its text, and how it stands out. */
export type Cell = string | { text: string; tone: Tone };

const textOf = (cell: Cell): string => printable(typeof cell === "string" ? cell : cell.text);

/**
 * Prints a table by portions, so that a long list needs no memory: the first portion sets the widths of the columns.
 */
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

/** Prints names and values, a line each. */
export function printFacts(io: Io, facts: readonly (readonly [name: string, value: Cell])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) {
    const text = toned(io, typeof value === "string" ? null : value.tone, textOf(value));
    io.write(`${toned(io, "quiet", name.padEnd(width))}${GAP}${text}\n`);
  }
}

/** A time of the API's, for people: whole seconds. */
export const shortTime = (time: string | null): string =>
  time === null ? "never" : time.replace("T", " ").replace(/\.\d+Z$/, "Z");
