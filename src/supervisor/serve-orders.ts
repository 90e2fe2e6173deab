import { StartError } from "../core/errors.ts";
import {
  type KeptLines,
  type LogPortion,
  type ReadServerLog,
  readPortion,
} from "../core/logs/kept-lines.ts";
import type { GetServerProcesses, ServerProcesses } from "../core/server-processes.ts";
import { linesToLeave } from "./left-lines.ts";
import type { Order, Report } from "./messages.ts";
import type { Service } from "./service.ts";

/** How long the supervisor may take to say which processes serve. */
const PROCESSES_TIMEOUT_MS = 1000;
/** How long it may take to gather the lines of the log, for which it waits for other workers. */
const LOG_TIMEOUT_MS = 2000;

/** The rest of the server, as a worker process reaches it. */
export interface ServerLink {
  getServerProcesses: GetServerProcesses;
  readServerLog: ReadServerLog;
}

/** The log of a worker process. */
interface WorkerLog {
  reopenLog(): void;
  kept: KeptLines;
}

/**
 * Runs a worker process: obeys the supervisor until it orders the end, or is gone itself.
 *
 * @returns the exit status: 0, or 1 when the service could not start
 * @throws StartError when no supervisor started this process
 */
export async function serveOrders<Task, Started>(
  start: (task: Task, server: ServerLink) => Promise<Service<Started>>,
  { reopenLog, kept }: WorkerLog,
): Promise<0 | 1> {
  if (process.send === undefined)
    throw new StartError("worker processes are started by waferd serve, not by hand");
  const send = (report: Report<Started>): Promise<void> =>
    new Promise((sent) => {
      // The supervisor may be gone.
      if (process.connected) process.send?.(report, undefined, undefined, () => sent());
      else sent();
    });
  const { promise: status, resolve, reject } = Promise.withResolvers<0 | 1>();
  let service: Promise<Service<Started>> | null = null;
  let isStopping = false;
  const stopOnce = (stop: (service: Service<Started>) => Promise<void>): void => {
    if (isStopping) return;
    isStopping = true;
    if (service === null) resolve(0);
    else service.then(stop).then(() => resolve(0), reject);
  };
  let asked: PromiseWithResolvers<ServerProcesses | null> | null = null;
  const getServerProcesses: GetServerProcesses = async () => {
    if (!process.connected) return null;
    if (asked === null) {
      asked = Promise.withResolvers();
      void send({ report: "processesWanted" });
    }
    // Don't let a hung supervisor block the caller.
    return Promise.race([asked.promise, Bun.sleep(PROCESSES_TIMEOUT_MS).then(() => null)]);
  };
  const answerAsked = (processes: ServerProcesses | null): void => {
    asked?.resolve(processes);
    asked = null;
  };
  const logReads = new Map<number, (portions: LogPortion[]) => void>();
  let reads = 0;
  const readServerLog: ReadServerLog = async (query) => {
    if (!process.connected) return [readPortion(kept, query)];
    const id = ++reads;
    const read = Promise.withResolvers<LogPortion[]>();
    logReads.set(id, read.resolve);
    const timer = setTimeout(() => read.resolve([readPortion(kept, query)]), LOG_TIMEOUT_MS);
    void send({ report: "logWanted", id, query });
    try {
      return await read.promise;
    } finally {
      clearTimeout(timer);
      logReads.delete(id);
    }
  };
  const drain = async (service: Service<Started>): Promise<void> => {
    await service.drain(() => void send({ report: "listenerClosed" }));
    await send({ report: "linesLeft", left: linesToLeave(kept) });
  };
  const stop = (): void => stopOnce((service) => service.stop());

  // A service manager or a terminal may send these to all processes at once, and more than once.
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", () => undefined);
  process.on("SIGUSR1", reopenLog);
  process.on("disconnect", () => {
    answerAsked(null);
    stop();
  });
  process.on("message", async (message: Order<Task>) => {
    switch (message.order) {
      case "begin":
        service = start(message.task, { getServerProcesses, readServerLog });
        try {
          await send({ report: "started", started: (await service).started });
        } catch (error) {
          const { message, stack } = error as Error;
          await send({
            report: "failed",
            message: error instanceof StartError ? message : `a bug: ${stack}`,
          });
          resolve(1);
        }
        return;
      case "steer":
        (await service)?.steer(message.index);
        await send({ report: "steered" });
        return;
      case "processes":
        answerAsked(message.processes);
        return;
      case "readLog":
        await send({
          report: "logRead",
          id: message.id,
          portion: readPortion(kept, message.query),
        });
        return;
      case "log":
        logReads.get(message.id)?.(message.portions);
        return;
      case "ping":
        await send({ report: "alive" });
        return;
      case "drain":
        stopOnce(drain);
    }
  });
  return status;
}
