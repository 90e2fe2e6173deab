import { writeSync } from "node:fs";
import { StartError } from "../../core/errors.ts";

/** Between two tries to write into a pipe that is full, in milliseconds. */
const PAUSE = 5;

/** Whoever read standard output has read enough, as head(1) does: nothing to complain of. */
export class ReaderGone extends Error {}

/**
 * Writes all of a text to a descriptor before it returns. The stream over standard output would keep what a slow reader
 * has not taken yet, and lose it when the process ends.
 *
 * @throws StartError when it cannot be written, ReaderGone when nobody reads it any more
 */
export function writeFully(descriptor: number, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; )
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === "EAGAIN") Bun.sleepSync(PAUSE);
      else if (code === "EPIPE") throw new ReaderGone();
      else throw new StartError(`cannot write to standard output: ${message}`, { cause });
    }
}
