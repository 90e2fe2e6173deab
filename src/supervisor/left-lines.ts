import { type KeptLines, MOST_KEPT_BYTES, MOST_KEPT_LINES } from "../core/logs/kept-lines.ts";

/** The lines that an ended worker leaves, as a message has them. */
export interface LeftLines {
  source: string;
  first: number;
  /** null for one that was too long to be kept. */
  lines: (string | null)[];
}

/** Returns all lines that a process keeps. */
export const linesToLeave = (kept: KeptLines): LeftLines => ({
  source: kept.source,
  first: kept.first,
  lines: Array.from({ length: kept.end - kept.first }, (_, index) => kept.line(kept.first + index)),
});

/**
 * The lines of workers that a reload replaced, by worker, so that cursors and followers find them.
 * They are bounded like those of one process; the worker that ended first goes first.
 */
export class LinesOfEnded {
  #ended: { kept: KeptLines; lines: number; bytes: number }[] = [];

  get all(): KeptLines[] {
    return this.#ended.map(({ kept }) => kept);
  }

  add({ source, first, lines }: LeftLines): void {
    const kept = {
      source,
      first,
      end: first + lines.length,
      line: (number: number) => lines[number - first] ?? null,
    };
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line ?? ""), 0);
    this.#ended.push({ kept, lines: lines.length, bytes });
    while (this.#ended.length > 1 && this.#isTooMuch()) this.#ended.shift();
  }

  #isTooMuch(): boolean {
    const sum = (what: "lines" | "bytes"): number =>
      this.#ended.reduce((total, ended) => total + ended[what], 0);
    return sum("lines") > MOST_KEPT_LINES || sum("bytes") > MOST_KEPT_BYTES;
  }
}
