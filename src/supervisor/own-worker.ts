import type { Service } from "./service.ts";
import type { Ending, Worker } from "./worker.ts";

/** Returns this process itself as a worker. It logs to this process's log. */
export function ownWorker<Started>(starting: Promise<Service<Started>>): Worker<Started> {
  const ended = Promise.withResolvers<Ending>();
  const end = (): void => ended.resolve({ exitCode: 0, signal: null });
  const started = starting.then((service) => service.started);
  started.catch(end);
  let isStopping = false;
  const stopOnce = (stop: (service: Service<Started>) => Promise<void>): void => {
    if (isStopping) return;
    isStopping = true;
    void starting.then(stop).finally(end);
  };
  return {
    pid: process.pid,
    started,
    ended: ended.promise,
    steer: async (index) => (await starting).steer(index),
    drain: () =>
      new Promise((onListenerClosed) => stopOnce((service) => service.drain(onListenerClosed))),
    // A process cannot watch itself.
    ping: () => Promise.resolve(),
    // The supervisor reads the lines of this process itself.
    readLog: async () => null,
    stop: () => stopOnce((service) => service.stop()),
    kill: () => undefined,
    reopenLog: () => undefined,
  };
}
