import { Command } from "commander";
import type { LoadedConfig } from "../config/load.ts";
import { banner, type StartedService } from "./banner.ts";
import { addConfigFlags, loadGiven } from "./config-flags.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";

/** Starts the service; `stop` finishes the requests in hand and closes everything. */
export type StartService = (
  loaded: LoadedConfig,
  io: Io,
) => Promise<StartedService & { stop(): Promise<void> }>;

/** `waferd serve`: runs until SIGTERM or SIGINT. */
export function serveCommand(io: Io, startService: StartService): Command {
  const command = addConfigFlags(new Command("serve").description("run the server"));
  addExamples(command, "serve --data-dir /var/lib/waferd", "serve --config app.conf", "serve --sandbox");
  return command.action(async (given: Record<string, string | boolean>) => {
    const loaded = loadGiven(given, command, io);
    // Listened for from here on: a signal in the middle of the start is obeyed after it.
    const terminated = io.terminated();
    const service = await startService(loaded, io);
    io.print(banner(service));
    await terminated;
    await service.stop();
  });
}
