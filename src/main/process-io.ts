import { isatty } from "node:tty";
import type { Io } from "../cli/io.ts";
import { writeFully } from "../cli/terminal/output.ts";

/** Returns an environment, the standard streams and the signals of this process. */
export const processIo = (environment: NodeJS.ProcessEnv): Io => ({
  environment,
  isTerminal: process.stderr.isTTY === true,
  isColoured: isatty(1) && !environment["NO_COLOR"] && environment["TERM"] !== "dumb",
  get input() {
    return process.stdin;
  },
  print: (text) => void process.stderr.write(text),
  write: (text) => writeFully(1, text),
  terminated,
});

/**
 * Resolves at the first SIGTERM or SIGINT. A second signal ends the process at once, without
 * waiting for the requests in hand.
 */
function terminated(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.on(signal, () => {
        if (isAsked) process.exit(1);
        isAsked = true;
        resolve();
      });
  });
}
