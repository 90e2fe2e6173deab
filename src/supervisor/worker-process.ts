import { StartError } from "../core/errors.ts";
import type { LogPortion, LogQuery, ReadServerLog } from "../core/logs/kept-lines.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import type { LeftLines } from "./left-lines.ts";
import type { Order, Report } from "./messages.ts";
import { DeathAtStart, type Ending, type Worker } from "./worker.ts";

/** A worker that takes longer to read its lines is left out. */
const READ_LOG_TIMEOUT_MS = 1000;

/** The supervisor, as its workers use it. */
export interface WorkerSupervisor {
  /** The processes that serve now. */
  readonly processes: ServerProcesses | null;
  readLog: ReadServerLog;
  /** Keeps the lines of a drained worker. */
  keepLines(left: LeftLines): void;
}

export interface SpawnOptions<Task> {
  /** The command line of a worker. */
  command: readonly string[];
  environment: Record<string, string | undefined>;
  task: Task;
  supervisor: WorkerSupervisor;
}

/** Starts a worker process. The task and what the worker reports must survive JSON. */
export function spawnWorker<Task, Started>({
  command,
  environment,
  task,
  supervisor,
}: SpawnOptions<Task>): Worker<Started> {
  const started = Promise.withResolvers<Started>();
  const listenerClosed = Promise.withResolvers<void>();
  let steered = Promise.withResolvers<void>();
  let answered = Promise.withResolvers<void>();
  const logReads = new Map<number, (portion: LogPortion | null) => void>();
  let reads = 0;
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
        send({ order: "processes", processes: supervisor.processes });
        break;
      case "logWanted":
        void supervisor
          .readLog(message.query)
          .then((portions) => send({ order: "log", id: message.id, portions }));
        break;
      case "logRead":
        logReads.get(message.id)?.(message.portion);
        break;
      case "linesLeft":
        supervisor.keepLines(message.left);
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
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const send = (order: Order<Task>): void => {
    // Sending to a process that has ended would throw.
    if (isAlive()) child.send(order);
  };
  const ended: Promise<Ending> = child.exited.then(() => {
    const ending = { exitCode: child.exitCode, signal: child.signalCode as string | null };
    started.reject(
      new DeathAtStart(`a worker process ended at its start (${describeEnding(ending)})`),
    );
    steered.resolve();
    listenerClosed.resolve();
    for (const resolve of logReads.values()) resolve(null);
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
    async readLog(query: LogQuery) {
      if (!isAlive()) return null;
      const id = ++reads;
      const read = Promise.withResolvers<LogPortion | null>();
      logReads.set(id, read.resolve);
      const timer = setTimeout(() => read.resolve(null), READ_LOG_TIMEOUT_MS);
      send({ order: "readLog", id, query });
      try {
        return await read.promise;
      } finally {
        clearTimeout(timer);
        logReads.delete(id);
      }
    },
    stop: () => child.kill("SIGTERM"),
    kill: () => child.kill("SIGKILL"),
    reopenLog: () => child.kill("SIGUSR1"),
  };
}

/** Describes for people how a process ended: `exit status 1`, `SIGKILL`. */
export const describeEnding = ({ exitCode, signal }: Ending): string =>
  signal === null ? `exit status ${exitCode}` : signal;
