import { readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Static } from "@sinclair/typebox";
import type { Command } from "commander";
import type { LastReload, ServerModel } from "../http/rest/server/model.ts";
import { Api } from "./api/api.ts";
import { serverOf } from "./api/find-server.ts";
import { configOf, plainCommand } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import type { CommandDeps } from "./deps.ts";
import { EXIT } from "./exit-status.ts";

type Server = Static<typeof ServerModel>;
type Reload = Static<typeof LastReload>;

/** Longer than the workers of a busy server take to be replaced one after another. */
const LONGEST_RELOAD_MS = 180_000;
const POLL_MS = 100;

/** Makes `waferd reload`, which waits until the server has taken or refused the configuration. */
export const reloadCommand = (deps: CommandDeps): Command =>
  plainCommand(
    deps,
    {
      usage: "reload",
      description:
        "have the server of the data folder read its configuration and certificate again, and tell whether it did; ends with 3 when no server runs",
      examples: ["reload", "reload --config app.conf"],
    },
    async (given, _names, command) => {
      const { io, clock } = deps;
      // A mistake in the configuration is told before the server sees it.
      const { config } = configOf(given, command, io);
      const ask = async <Answer>(path: string): Promise<Answer | null> => {
        const connection = await serverOf(config);
        if (connection === null) return null;
        try {
          return await new Api(connection).call<Answer>({ method: "GET", path });
        } finally {
          await connection.close();
        }
      };
      const server = await ask<Server>("/server");
      if (!server?.workers)
        throw new CommandFailure(EXIT.notFound, `no server of ${config.data_dir} runs`);
      const before = await ask<Reload>("/server/last-reload");
      sendReload(server.workers.supervisor);
      const giveUpAt = clock.now() + LONGEST_RELOAD_MS;
      while (clock.now() < giveUpAt) {
        await clock.sleep(POLL_MS);
        // The workers that answer are being replaced.
        const reload = await ask<Reload>("/server/last-reload").catch(() => null);
        if (!reload?.endedAt || reload.endedAt === before?.endedAt) continue;
        if (reload.failure !== null)
          throw new CommandFailure(
            EXIT.failed,
            `the reload failed, and workers that were not replaced go on: ${reload.failure}`,
          );
        if (given["json"] === true) io.write(`${JSON.stringify(reload)}\n`);
        else io.print("reloaded: the workers serve the new configuration\n");
        return;
      }
      throw new CommandFailure(
        EXIT.failed,
        `the reload has not ended after ${LONGEST_RELOAD_MS / 1000} seconds: see waferd logs`,
      );
    },
  );

/**
 * Sends the signal to the process that a server says it is. A server in a container shares its data
 * folder, but not the numbers of its processes.
 *
 * @throws CommandFailure when the process here is another one, or cannot be signalled
 */
function sendReload(pid: number): void {
  const refuse = (found: string): never => {
    throw new CommandFailure(
      EXIT.failed,
      `the server says that it is process ${pid}, but ${found}: it may run in a container. Send SIGHUP where the server runs`,
    );
  };
  const [program, own] = [programOf(pid), programOf("self")];
  if (program !== null && program !== own) refuse(`that is ${program} here`);
  try {
    process.kill(pid, "SIGHUP");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") refuse("there is none here");
    if (code === "EPERM") refuse("this user may not send a signal to it");
    throw error;
  }
}

/**
 * Returns the name of the executable that a process runs; null where the system does not tell it,
 * as of a server with capabilities.
 */
function programOf(pid: number | "self"): string | null {
  try {
    // The file of a running server may have been replaced.
    return basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
  } catch {
    return null;
  }
}
