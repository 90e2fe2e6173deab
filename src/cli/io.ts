import type { ReadStream } from "node:tty";

/** The parts of its process that a command uses. */
export interface Io {
  environment: Record<string, string | undefined>;
  /** Whether standard error is a terminal. */
  isTerminal: boolean;
  /** Whether standard output is a terminal that may be coloured (without NO_COLOR). */
  isColoured: boolean;
  /** Standard input; its isTTY is undefined unless it is a terminal. */
  readonly input: ReadStream;
  /** Writes a text for people to standard error: standard output belongs to the log. */
  print(text: string): void;
  /** Writes the result of a command to standard output. */
  write(text: string): void;
  /** Resolves at the first SIGTERM or SIGINT. */
  terminated(): Promise<void>;
}
