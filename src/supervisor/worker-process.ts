import { StartError } from "../core/errors.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import type { Order, Report } from "./messages.ts";
import type { Ending, Worker } from "./worker.ts";

export interface SpawnOptions<Task> {
  /** The command line of a worker. */
  command: readonly string[];
  environment: Record<string, string | undefined>;
  task: Task;
  /** Who serves at the moment, when the worker asks. */
  tellCrew(): ServerProcesses | null;
}

/** Starts a worker process, and speaks with it. Task and what it tells must be fit for JSON. */
export function spawnWorker<Task, Started>({
  command,
  environment,
  task,
  tellCrew,
}: SpawnOptions<Task>): Worker<Started> {
  const started = Promise.withResolvers<Started>();
  const deaf = Promise.withResolvers<void>();
  let steered = Promise.withResolvers<void>();
  const take = (message: Report<Started>): void => {
    if (message.report === "started") started.resolve(message.started);
    else if (message.report === "failed") started.reject(new StartError(message.message));
    else if (message.report === "steered") steered.resolve();
    else if (message.report === "crewWanted") tell({ order: "crew", crew: tellCrew() });
    else deaf.resolve();
  };
  const child = Bun.spawn([...command], {
    argv0: "waferd",
    env: environment,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    serialization: "json",
    ipc: take,
  });
  const tell = (order: Order<Task>): void => {
    // One that is gone needs no orders.
    if (child.exitCode === null && child.signalCode === null) child.send(order);
  };
  const ended: Promise<Ending> = child.exited.then(() => {
    const ending = { exitCode: child.exitCode, signal: child.signalCode as string | null };
    started.reject(
      new StartError(`a worker process ended at its start (${describeEnding(ending)})`),
    );
    steered.resolve();
    deaf.resolve();
    return ending;
  });
  started.promise.catch(() => undefined);
  tell({ order: "begin", task });
  return {
    pid: child.pid,
    started: started.promise,
    ended,
    async steer(index) {
      steered = Promise.withResolvers<void>();
      tell({ order: "steer", index });
      await Promise.race([steered.promise, ended]);
    },
    async retire() {
      tell({ order: "retire" });
      await Promise.race([deaf.promise, ended]);
    },
    stop: () => child.kill("SIGTERM"),
    kill: () => child.kill("SIGKILL"),
    reopenLog: () => child.kill("SIGUSR1"),
  };
}

/** For people: `exit status 1`, `SIGKILL`. */
export const describeEnding = ({ exitCode, signal }: Ending): string =>
  signal === null ? `exit status ${exitCode}` : signal;
