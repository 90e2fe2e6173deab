import { Command } from "commander";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import type { CommandDeps } from "./deps.ts";
import { addExamples } from "./examples.ts";

/** Makes `waferd serve`, which runs until SIGTERM or SIGINT. */
export function serveCommand({ io, serve }: CommandDeps): Command {
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

/** Makes `waferd worker`, by which `waferd serve` starts its worker processes. */
export const workerCommand = ({ work, endWith }: CommandDeps): Command =>
  new Command("worker").action(async () => endWith(await work()));
