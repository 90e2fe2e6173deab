import { writeSync } from "node:fs";
import { StartError } from "../../core/errors.ts";

/** The pause between two attempts to write into a full pipe, in milliseconds. */
const PAUSE = 5;

/** The reader of standard output is gone, as head(1) is after some lines: not an error. */
export class ReaderGone extends Error {}

/**
 * Writes all of a text to a descriptor before it returns. The stream of standard output would
 * buffer the text for a slow reader, and lose it when the process ends.
 *
 * @throws StartError when it cannot be written, ReaderGone when the reader is gone
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
