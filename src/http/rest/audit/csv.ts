import type { AuditEntry } from "../../../core/access/audit.ts";
import type { Failure } from "../../../core/errors.ts";
import type { Page } from "../../../core/page.ts";
import { timestamp } from "../model.ts";

const HEADS = ["at", "by", "address", "action", "target", "changed", "requestId"];

/** Spreadsheets take a cell that begins so for a formula, also a wide one, and run it. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** Returns a text as a cell (RFC 4180), made harmless by an apostrophe where it needs it. */
export function csvCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(",")}\r\n`;

const entryLine = ({ at, by, address, action, target, changed, requestId }: AuditEntry): string =>
  line([
    ...[timestamp(at), by, address ?? "", action, target],
    ...[changed.join(" "), requestId ?? ""],
  ]);

/**
 * Streams entries as CSV, a page whenever the client has taken the one before. A failure of a later
 * page breaks the answer off, so that it cannot be taken for a whole one.
 *
 * @param first the first page, read before the answer begins
 * @param more reads the next page
 */
export function csvOf(
  first: Page<AuditEntry>,
  more: (cursor: string) => Promise<Page<AuditEntry> | Failure>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let page: Page<AuditEntry> | null = first;
  let begin = line(HEADS);
  return new ReadableStream({
    async pull(controller) {
      // An empty page gives the client nothing to take, so that it would not ask again.
      for (let text = ""; text === ""; ) {
        if (page === null) return controller.close();
        text = begin + page.items.map(entryLine).join("");
        begin = "";
        const next: Page<AuditEntry> | Failure | null =
          page.next === null ? null : await more(page.next);
        if (next !== null && !("items" in next))
          return controller.error(new Error(`the audit cannot be read: ${next.code}`));
        page = next;
        if (text !== "") controller.enqueue(encoder.encode(text));
      }
    },
  });
}
