import { closeSync, openSync, writeSync } from "node:fs";
import { StartError } from "../core/errors.ts";

/** Readable by the owner and the group: the log holds addresses and appids. */
const MODE = 0o640;

/**
 * A file to which whole lines are appended, each by one system call, so that the lines of several
 * processes do not mix. A line that cannot be written, as on a full disk, is lost.
 */
export class LogFile {
  readonly #path;
  #file;
  /** Whether the last line was cut off. */
  #isTorn = false;

  /** @throws StartError when the file cannot be opened */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, "a", MODE);
    } catch (cause) {
      throw new StartError(
        `cannot open the log file: ${(cause as Error).message}. set log.file to a file in a folder where this user may write`,
        { cause },
      );
    }
  }

  write(line: string): void {
    const text = Buffer.from(this.#isTorn ? `\n${line}` : line);
    try {
      this.#isTorn = writeSync(this.#file, text) < text.length;
    } catch {
      // A log that cannot be written must not fail the request.
    }
  }

  /**
   * Opens the path again, after another program has moved the file away.
   *
   * @throws the error of the system when it cannot; then the old file stays open
   */
  reopen(): void {
    const file = openSync(this.#path, "a", MODE);
    closeSync(this.#file);
    this.#file = file;
  }
}
