import { StartError } from "../core/errors.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import type { Order, Report } from "./messages.ts";
import { DeathAtStart, type Ending, type Worker } from "./worker.ts";

export interface SpawnOptions<Task> {
  /** The command line of a worker. */
  command: readonly string[];
  environment: Record<string, string | undefined>;
  task: Task;
  /** Returns the processes that serve now; called when the worker asks. */
  getProcesses(): ServerProcesses | null;
}

/** Starts a worker process. The task and what the worker reports must survive JSON. */
export function spawnWorker<Task, Started>({
  command,
  environment,
  task,
  getProcesses,
}: SpawnOptions<Task>): Worker<Started> {
  const started = Promise.withResolvers<Started>();
  const listenerClosed = Promise.withResolvers<void>();
  let steered = Promise.withResolvers<void>();
  let answered = Promise.withResolvers<void>();
  const receive = (message: Report<Started>): void => {
    switch (message.report) {
      case "started":
        started.resolve(message.started);
        break;
      case "failed":
        started.reject(new StartError(message.message));
        break;
      case "steered":
        steered.resolve();
        break;
      case "processesWanted":
        send({ order: "processes", processes: getProcesses() });
        break;
      case "listenerClosed":
        listenerClosed.resolve();
        break;
      case "alive":
        answered.resolve();
        answered = Promise.withResolvers();
    }
  };
  const child = Bun.spawn([...command], {
    argv0: "waferd",
    env: environment,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    serialization: "json",
    ipc: receive,
  });
  const send = (order: Order<Task>): void => {
    // Sending to a process that has ended would throw.
    if (child.exitCode === null && child.signalCode === null) child.send(order);
  };
  const ended: Promise<Ending> = child.exited.then(() => {
    const ending = { exitCode: child.exitCode, signal: child.signalCode as string | null };
    started.reject(
      new DeathAtStart(`a worker process ended at its start (${describeEnding(ending)})`),
    );
    steered.resolve();
    listenerClosed.resolve();
    return ending;
  });
  started.promise.catch(() => undefined);
  send({ order: "begin", task });
  return {
    pid: child.pid,
    started: started.promise,
    ended,
    async steer(index) {
      steered = Promise.withResolvers<void>();
      send({ order: "steer", index });
      await Promise.race([steered.promise, ended]);
    },
    async drain() {
      send({ order: "drain" });
      await Promise.race([listenerClosed.promise, ended]);
    },
    ping() {
      send({ order: "ping" });
      return answered.promise;
    },
    stop: () => child.kill("SIGTERM"),
    kill: () => child.kill("SIGKILL"),
    reopenLog: () => child.kill("SIGUSR1"),
  };
}

/** Describes for people how a process ended: `exit status 1`, `SIGKILL`. */
export const describeEnding = ({ exitCode, signal }: Ending): string =>
  signal === null ? `exit status ${exitCode}` : signal;
