import type { Service } from "./service.ts";
import type { Ending, Worker } from "./worker.ts";

/** This process itself as a worker. Its log is this process's. */
export function ownWorker<Started>(starting: Promise<Service<Started>>): Worker<Started> {
  const ended = Promise.withResolvers<Ending>();
  const end = (): void => ended.resolve({ exitCode: 0, signal: null });
  const started = starting.then((service) => service.started);
  started.catch(end);
  let isLeaving = false;
  const leave = (how: (service: Service<Started>) => Promise<void>): void => {
    if (isLeaving) return;
    isLeaving = true;
    void starting.then(how).finally(end);
  };
  return {
    pid: process.pid,
    started,
    ended: ended.promise,
    steer: async (index) => (await starting).steer(index),
    retire: () => new Promise((deaf) => leave((service) => service.retire(deaf))),
    stop: () => leave((service) => service.stop()),
    kill: () => undefined,
    reopenLog: () => undefined,
  };
}
