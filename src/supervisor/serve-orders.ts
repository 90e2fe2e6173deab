import { StartError } from "../core/errors.ts";
import type { GetServerProcesses, ServerProcesses } from "../core/server-processes.ts";
import type { Order, Report } from "./messages.ts";
import type { Service } from "./service.ts";

/** How long the supervisor may take to say which processes serve. */
const PROCESSES_TIMEOUT_MS = 1000;

/**
 * Runs a worker process: obeys the supervisor until it orders the end, or is gone itself.
 *
 * @returns the exit status: 0, or 1 when the service could not start
 * @throws StartError when no supervisor started this process
 */
export async function serveOrders<Task, Started>(
  start: (task: Task, getServerProcesses: GetServerProcesses) => Promise<Service<Started>>,
  reopenLog: () => void,
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
        service = start(message.task, getServerProcesses);
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
      case "ping":
        await send({ report: "alive" });
        return;
      case "drain":
        stopOnce((service) => service.drain(() => void send({ report: "listenerClosed" })));
    }
  });
  return status;
}
