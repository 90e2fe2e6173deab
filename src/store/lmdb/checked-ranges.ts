import type { Database, RangeOptions } from "lmdb";
import { StoreError } from "../../core/store-error.ts";

/** A range of lmdb, for whose parts it has no type. */
interface Range {
  iterate(): Iterator<unknown>;
}
interface Ranged {
  getRange(options?: RangeOptions): Range;
}

/**
 * Makes the ranges of a table (`getRange`, `getKeys`) throw when they end by an error. lmdb ends
 * them as if nothing more were there when it cannot read, as after a write to the disk that failed.
 */
export function checkRanges(table: Database): void {
  const ranged = table as unknown as Ranged;
  const getRange = ranged.getRange.bind(table);
  ranged.getRange = (options = {}) => {
    const range = getRange(options);
    const iterate = range.iterate.bind(range);
    range.iterate = () => {
      const entries = iterate();
      const next = entries.next.bind(entries);
      let isEmpty = true;
      entries.next = () => {
        let result: ReturnType<typeof next>;
        try {
          result = next();
        } catch (cause) {
          // lmdb throws anything on a damaged key.
          const { message } = cause as Error;
          throw new StoreError("corrupt", `a record cannot be read: ${message}`, { cause });
        }
        if (result.done === true) assertWell(table, options, isEmpty);
        isEmpty = false;
        return result;
      };
      return entries;
    };
    return range;
  };
}

/** Asks in ways that report errors whether a range has really ended. */
function assertWell(table: Database, options: RangeOptions, isEmpty: boolean): void {
  const { start, end, limit, offset, transaction } = options;
  // Throws when the transaction, or the way to this key, cannot be read.
  table.doesExist(start ?? "", undefined as never, { transaction } as never);
  const isWhole = start === undefined && end === undefined && limit !== 0 && !offset;
  if (!isEmpty || !isWhole || transaction !== undefined) return;
  const { entryCount } = table.getStats() as { entryCount: number };
  if (entryCount > 0)
    throw new StoreError("corrupt", `a table with ${entryCount} records looks empty`);
}
