import { existsSync } from "node:fs";
import { banner } from "../cli/banner.ts";
import type { Serve } from "../cli/deps.ts";
import { metricsPlace } from "../config/metrics-place.ts";
import { type Config, options } from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { refuseTakenAddress } from "../http/free-address.ts";
import { ADDRESS_ADVICE, METRICS_ADVICE } from "../http/listen-error.ts";
import { ownWorker } from "../supervisor/own-worker.ts";
import type { Service } from "../supervisor/service.ts";
import { supervise } from "../supervisor/supervise.ts";
import { type Plan, Supervisor } from "../supervisor/supervisor.ts";
import type { Worker } from "../supervisor/worker.ts";
import { spawnWorker } from "../supervisor/worker-process.ts";
import { RecentLines } from "../telemetry/recent-lines.ts";
import { examineData, LockedFolders } from "./data-folder.ts";
import { followingLog } from "./log.ts";
import { CAN_SHARE_PORT, IS_COMPILED } from "./platform.ts";
import { clock, random } from "./ports.ts";
import type { ServiceDeps, ServiceTask, Started } from "./service.ts";
import { readSettings, type Settings } from "./settings.ts";
import { workerCount } from "./worker-count.ts";
import { type WorkerTask, workerProcess } from "./worker-process.ts";

/**
 * Runs `waferd serve`: a supervisor with its workers, which it replaces when they die or hang.
 *
 * A single worker is the supervisor's own process where Bun runs the sources, so that its `--watch`
 * and `--inspect` see the service, and on systems on which a reload is not possible either. Else
 * what serves is not even loaded into the supervisor, which therefore takes little memory.
 */
export const serve: Serve = async (load, io) => {
  // Listened for from here on, so that a signal during the start is obeyed after it.
  const terminated = io.terminated();
  const givingUp = Promise.withResolvers<never>();
  const settings = readSettings(load());
  const { config } = settings.loaded;
  let serving = config;
  await refuseTakenMetrics(config);
  const kept = new RecentLines(random.hex(4));
  const log = followingLog(config, kept);
  examineData(config, true, log);
  // No folder is made for a server that cannot listen.
  if (!existsSync(config.data_dir))
    await refuseTakenAddress({ host: config.httpaddr, port: config.httpport }, ADDRESS_ADVICE);
  const folders = new LockedFolders(log);
  await folders.lock(config);
  const sandbox = config.sandbox ? await openSandbox(config) : null;
  const first = planOf(settings, log);
  let isAlone = first.workers === 1 && !(CAN_SHARE_PORT && IS_COMPILED);
  const spawn = (task: ServiceTask): Worker<Started> => {
    if (!isAlone)
      return spawnWorker<WorkerTask, Started>({
        ...workerProcess(task, sandbox, io.environment),
        supervisor,
      });
    isAlone = false;
    return ownWorker(
      startHere(task, {
        sandbox,
        log,
        getServerProcesses: async () => supervisor.processes,
        readServerLog: (query) => supervisor.readLog(query),
      }),
    );
  };
  const supervisor = new Supervisor<Settings, Started>({
    log,
    kept,
    clock,
    spawn: (settings, address, isFirst) => spawn({ settings, address, isFirst }),
    refuseTakenAddress: (address) => refuseTakenAddress(address, ADDRESS_ADVICE),
    portOf: ({ port }) => port,
    onGivingUp: givingUp.reject,
  });
  await supervise({
    supervisor,
    first,
    async next() {
      if (!CAN_SHARE_PORT)
        throw new StartError(
          "processes cannot share a port on this system, which a reload needs: restart waferd",
        );
      const next = readSettings(load());
      for (const [option, { needsRestart }] of options)
        if (needsRestart && next.loaded.config[option] !== config[option])
          throw new StartError(`${option} cannot be changed by a reload: restart waferd`);
      if (next.loaded.config.metrics !== serving.metrics)
        await refuseTakenMetrics(next.loaded.config);
      examineData(next.loaded.config, true, log);
      await folders.lock(next.loaded.config);
      return planOf(next, log);
    },
    onStarted: ([first]) => io.print(first === undefined ? "" : banner(first)),
    onReloaded({ settings: { loaded } }) {
      serving = loaded.config;
      log.switchTo(loaded.config);
    },
    log,
    reopenLog: () => log.reopen(),
    ending: Promise.race([terminated, givingUp.promise]),
    manager: io.environment,
  });
  await sandbox?.stop();
  folders.release();
};

async function openSandbox({ sandbox_any_code: takesAnyCode }: Config) {
  const { startSandbox } = await import("../sandbox/sandbox.ts");
  return startSandbox({ clock, random, takesAnyCode });
}

async function startHere(task: ServiceTask, deps: ServiceDeps): Promise<Service<Started>> {
  const { startService } = await import("./service.ts");
  return startService(task, deps);
}

function planOf(settings: Settings, log: Log): Plan<Settings> {
  const { config } = settings.loaded;
  const workers = usableWorkers(config, log);
  return { settings, host: config.httpaddr, port: config.httpport, workers };
}

/** @throws StartError when another program listens on the address that the metrics have alone */
async function refuseTakenMetrics({ metrics }: Config): Promise<void> {
  const place = metricsPlace(metrics);
  if (CAN_SHARE_PORT && place && place !== "beside")
    await refuseTakenAddress(place, METRICS_ADVICE);
}

function usableWorkers(config: Config, log: Log): number {
  const count = workerCount(config);
  if (count === 1 || CAN_SHARE_PORT) return count;
  log.warn(
    { workers: config.workers },
    "this system cannot share a port among processes: one worker runs",
  );
  return 1;
}
