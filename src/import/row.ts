import { isUtf8 } from "node:buffer";
import type { Milliseconds } from "../core/ports.ts";
import type { Unreadable } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import { fromDatetime } from "../store/layout/datetime.ts";

/** The reason why a row is unreadable. The message names the column, and never has its value. */
export class RowError extends Error {
  override readonly name = "RowError";
}

/** @throws RowError with this reason, unless the condition holds */
export function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new RowError(reason);
}

/** Reads one row, key or line. The message of a RowError becomes the reason in a report. */
export function readOrTell<T>(what: string, read: () => T[]): (T | Unreadable)[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return [{ kind: "unreadable", what, reason: error.message }];
  }
}

/** A row of an old table. The letter case of columns does not matter; a missing one is NULL. */
export class Row {
  readonly #values = new Map<string, unknown>();

  /** @param values texts, numbers, dates, bytes in UTF-8 or null, by column */
  constructor(values: Iterable<readonly [column: string, value: unknown]>) {
    for (const [column, value] of values) this.#values.set(column.toLowerCase(), value);
  }

  has(column: string): boolean {
    return this.#values.has(column);
  }

  /**
   * Returns the text in a column, which is empty for NULL, and the digits of a number.
   *
   * @throws RowError when it does not contain a text
   */
  text(column: string): string {
    const value = this.#values.get(column) ?? "";
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "bigint") return String(value);
    demand(value instanceof Uint8Array, `${column} is not a text`);
    demand(isUtf8(value), `${column} is not in UTF-8`);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }

  /** Returns the time in a datetime column of a zone; null without one. */
  time(column: string, zone: ZoneMinutes): Milliseconds | null {
    const value = this.#values.get(column);
    return fromDatetime(value instanceof Date ? value : this.text(column), zone);
  }
}
