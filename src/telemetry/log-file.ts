import { closeSync, openSync, writeSync } from "node:fs";
import { StartError } from "../core/errors.ts";

/** Who may read it: the owner and the group. It holds addresses and appids. */
const MODE = 0o640;

/**
 * A file to which whole lines are appended, each by one call of the system's, so that lines of several processes do not
 * mix. A line that cannot be written, on a full disk, is lost.
 */
export class LogFile {
  readonly #path;
  #file;
  /** The last line was cut off. */
  #isTorn = false;

  /** @throws StartError when the file cannot be opened */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, "a", MODE);
    } catch (cause) {
      throw new StartError(
        `cannot open the log file: ${(cause as Error).message}. log.file must name a file in a folder in which this user may write`,
        { cause },
      );
    }
  }

  write(line: string): void {
    const text = Buffer.from(this.#isTorn ? `\n${line}` : line);
    try {
      this.#isTorn = writeSync(this.#file, text) < text.length;
    } catch {
      // It must not take the request with it.
    }
  }

  /**
   * Opens the path anew, after another program has moved the file away.
   *
   * @throws what the system says when it cannot; then the old file stays open
   */
  reopen(): void {
    const file = openSync(this.#path, "a", MODE);
    closeSync(this.#file);
    this.#file = file;
  }
}
