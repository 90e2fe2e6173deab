import type { ReadStream } from "node:tty";

/** What a command touches of the process it runs in. */
export interface Io {
  environment: Record<string, string | undefined>;
  /** A person is watching standard error. */
  isTerminal: boolean;
  /** Standard output may be coloured: a terminal, and nobody said NO_COLOR. */
  isColoured: boolean;
  /** Standard input; what is not a terminal has no isTTY. */
  readonly input: ReadStream;
  /** Writes a text for people, to standard error: standard output is the log's. */
  print(text: string): void;
  /** Writes what a command was asked for, to standard output. */
  write(text: string): void;
  /** Resolves at the first SIGTERM or SIGINT. */
  terminated(): Promise<void>;
}
