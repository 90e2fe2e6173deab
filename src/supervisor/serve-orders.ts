import { StartError } from "../core/errors.ts";
import type { GetServerProcesses, ServerProcesses } from "../core/server-processes.ts";
import type { Order, Report } from "./messages.ts";
import type { Service } from "./service.ts";

/** So long the supervisor has to answer, in milliseconds. */
const CREW_MS = 1000;

/**
 * The life of a worker process: does what its supervisor orders, until it is told to stop, or the supervisor is gone.
 *
 * @returns the exit status
 * @throws StartError when no supervisor started this process
 */
export async function serveOrders<Task, Started>(
  start: (task: Task, getServerProcesses: GetServerProcesses) => Promise<Service<Started>>,
  reopenLog: () => void,
): Promise<number> {
  if (process.send === undefined)
    throw new StartError("worker processes are started by waferd serve, not by hand");
  const tell = (report: Report<Started>): Promise<void> =>
    new Promise((told) => {
      // The supervisor may be gone.
      if (process.connected) process.send?.(report, undefined, undefined, () => told());
      else told();
    });
  const { promise: status, resolve, reject } = Promise.withResolvers<number>();
  let service: Promise<Service<Started>> | null = null;
  let isLeaving = false;
  const leave = (how: (service: Service<Started>) => Promise<void>): void => {
    if (isLeaving) return;
    isLeaving = true;
    if (service === null) resolve(0);
    else service.then(how).then(() => resolve(0), reject);
  };
  let wanted: PromiseWithResolvers<ServerProcesses | null> | null = null;
  const getServerProcesses: GetServerProcesses = async () => {
    if (!process.connected) return null;
    if (wanted === null) {
      wanted = Promise.withResolvers();
      void tell({ report: "crewWanted" });
    }
    // A supervisor that hangs shall not hold up who asks.
    return Promise.race([wanted.promise, Bun.sleep(CREW_MS).then(() => null)]);
  };
  const takeCrew = (crew: ServerProcesses | null): void => {
    wanted?.resolve(crew);
    wanted = null;
  };
  const stop = (): void => leave((service) => service.stop());

  // A service manager, or a terminal, may send these to all processes at once, and again.
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("SIGHUP", () => undefined);
  process.on("SIGUSR1", reopenLog);
  process.on("disconnect", () => {
    takeCrew(null);
    stop();
  });
  process.on("message", async (message: Order<Task>) => {
    switch (message.order) {
      case "begin":
        service = start(message.task, getServerProcesses);
        try {
          await tell({ report: "started", started: (await service).started });
        } catch (error) {
          const { message, stack } = error as Error;
          await tell({
            report: "failed",
            message: error instanceof StartError ? message : `a bug: ${stack}`,
          });
          resolve(1);
        }
        return;
      case "steer":
        (await service)?.steer(message.index);
        await tell({ report: "steered" });
        return;
      case "crew":
        takeCrew(message.crew);
        return;
      case "retire":
        leave((service) => service.retire(() => void tell({ report: "deaf" })));
    }
  });
  return status;
}
