import { isUtf8 } from "node:buffer";
import type { Milliseconds } from "../core/ports.ts";
import type { Unreadable } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import { fromDatetime } from "../store/layout/datetime.ts";

/** Why a row cannot be taken. The message names the column and never what stands in it. */
export class RowError extends Error {
  override readonly name = "RowError";
}

/** @throws RowError with this reason, unless what has to hold holds */
export function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new RowError(reason);
}

/** Runs what reads one row, key or line; what a RowError says becomes the reason why it is unreadable. */
export function readOrTell<T>(what: string, read: () => T[]): (T | Unreadable)[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    return [{ kind: "unreadable", what, reason: error.message }];
  }
}

/** A row of an old table. Its columns are found in any letter case; one that is not there is like one that is NULL. */
export class Row {
  readonly #values = new Map<string, unknown>();

  /** @param values texts, numbers, dates, bytes (of UTF-8) or null, by column */
  constructor(values: Iterable<readonly [column: string, value: unknown]>) {
    for (const [column, value] of values) this.#values.set(column.toLowerCase(), value);
  }

  has(column: string): boolean {
    return this.#values.has(column);
  }

  /**
   * The text in a column; of a number its digits, and empty for NULL.
   *
   * @throws RowError when it holds no text
   */
  text(column: string): string {
    const value = this.#values.get(column) ?? "";
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "bigint") return String(value);
    demand(value instanceof Uint8Array, `${column} is no text`);
    demand(isUtf8(value), `${column} is no text in UTF-8`);
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  }

  /** The time in a datetime column of that zone; null when there is none. */
  time(column: string, zone: ZoneMinutes): Milliseconds | null {
    const value = this.#values.get(column);
    return fromDatetime(value instanceof Date ? value : this.text(column), zone);
  }
}
