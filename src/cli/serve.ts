import { Command } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";

/**
 * Serves until SIGTERM or SIGINT.
 *
 * @param load reads the configuration, as it is now; throws a StartError
 */
export type Serve = (load: () => LoadedConfig, io: Io) => Promise<void>;

/** `waferd serve`: runs until SIGTERM or SIGINT. */
export function serveCommand(io: Io, serve: Serve): Command {
  const command = addConfigFlags(new Command("serve").description("run the server"));
  addExamples(
    command,
    "serve --data-dir /var/lib/waferd",
    "serve --config app.conf",
    "serve --sandbox",
  );
  return command.action((given: Record<string, string | boolean>) =>
    serve(() => loadGiven(given, command, io), io),
  );
}

/** `waferd worker`: what `waferd serve` starts its worker processes by. */
export const workerCommand = (work: () => Promise<void>): Command =>
  new Command("worker").action(work);
