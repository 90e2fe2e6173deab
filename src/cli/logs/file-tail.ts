import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type LogFilter, lineFilter } from "../../core/logs/log-line.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";

const BLOCK = 256 * 1024;
const LINE_FEED = 10;

/**
 * Returns the last lines of a log file that satisfy a filter, earliest first. It is read from its
 * end, and no further than needed.
 *
 * @throws CommandFailure when it cannot be read
 */
export function fileTail(path: string, filter: LogFilter, count: number): string[] {
  const fits = lineFilter(filter);
  const found: string[] = [];
  for (const text of linesFromEnd(path)) {
    if (found.length >= count) break;
    if (fits(text) !== null) found.push(text);
  }
  return found.reverse();
}

/** Yields the lines of a file, the last one first. */
function* linesFromEnd(path: string): Generator<string> {
  const file = opened(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let end = fstatSync(file).size; end > 0; ) {
      const start = Math.max(0, end - BLOCK);
      const block = Buffer.alloc(end - start);
      // A file that another program cuts meanwhile ends early.
      const length = readSync(file, block, 0, block.length, start);
      let bytes = Buffer.concat([block.subarray(0, length), rest]);
      for (let at = bytes.lastIndexOf(LINE_FEED); at !== -1; at = bytes.lastIndexOf(LINE_FEED)) {
        if (at + 1 < bytes.length) yield bytes.toString("utf8", at + 1);
        bytes = bytes.subarray(0, at);
      }
      rest = bytes;
      end = start;
    }
    if (rest.length > 0) yield rest.toString("utf8");
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw new CommandFailure(
      EXIT.failed,
      `no server runs, and its log file cannot be read: ${(error as Error).message}`,
    );
  }
}
