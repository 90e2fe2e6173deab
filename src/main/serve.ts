import { availableParallelism } from "node:os";
import { banner } from "../cli/banner.ts";
import type { Io } from "../cli/io.ts";
import type { Serve } from "../cli/serve.ts";
import { metricsPlace } from "../config/metrics-place.ts";
import type { Config } from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import { refuseTakenAddress } from "../http/free-address.ts";
import { ADDRESS_ADVICE, METRICS_ADVICE } from "../http/listen-error.ts";
import type { SandboxLink } from "../sandbox/remote.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { ownWorker } from "../supervisor/own-worker.ts";
import { supervise } from "../supervisor/supervise.ts";
import { type Plan, Supervisor } from "../supervisor/supervisor.ts";
import type { Worker } from "../supervisor/worker.ts";
import { spawnWorker } from "../supervisor/worker-process.ts";
import { followingLog } from "./log.ts";
import { CAN_SHARE_PORT, type ServiceTask, type Started, type StartService } from "./service.ts";
import { readSettings, type Settings } from "./settings.ts";
import { workerProcess } from "./work.ts";

interface ServeDeps {
  startService: StartService;
  clock: Clock;
  random: Random;
}

/** `waferd serve`: a supervisor with its workers. A single worker is the supervisor's own process, until its first reload. */
export const serveWith =
  ({ startService, clock, random }: ServeDeps): Serve =>
  async (load, io) => {
    // Listened for from here on: a signal in the middle of the start is obeyed after it.
    const terminated = io.terminated();
    const cannotGoOn = Promise.withResolvers<never>();
    const settings = readSettings(load());
    const { config } = settings.loaded;
    let serving = config;
    await refuseTakenMetrics(config);
    const log = followingLog(config);
    const sandbox = config.sandbox ? await startSandbox({ clock, random }) : null;
    const first = planOf(settings, log);
    let isAlone = first.workers === 1;
    const spawn = (task: ServiceTask): Worker<Started> => {
      const tellCrew = () => supervisor.crew;
      if (!isAlone) return otherProcess(task, sandbox, io, tellCrew);
      isAlone = false;
      return ownWorker(startService(task, sandbox, log, async () => tellCrew()));
    };
    const supervisor = new Supervisor<Settings, Started>({
      log,
      clock,
      spawn: (settings, address, isFirst) => spawn({ settings, address, isFirst }),
      refuseTakenAddress: (address) => refuseTakenAddress(address, ADDRESS_ADVICE),
      portOf: ({ port }) => port,
      onGivingUp: cannotGoOn.reject,
    });
    await supervise({
      supervisor,
      first,
      async next() {
        if (!CAN_SHARE_PORT)
          throw new StartError(
            "processes cannot share a port here, as a reload needs: restart waferd",
          );
        const next = readSettings(load());
        if (next.loaded.config.sandbox !== config.sandbox)
          throw new StartError("sandbox cannot be changed by a reload: restart waferd");
        if (next.loaded.config.metrics !== serving.metrics)
          await refuseTakenMetrics(next.loaded.config);
        return planOf(next, log);
      },
      onStarted: ([first]) => io.print(first === undefined ? "" : banner(first)),
      onReloaded({ settings: { loaded } }) {
        serving = loaded.config;
        log.switchTo(loaded.config);
      },
      log,
      reopenLog: () => log.reopen(),
      ending: Promise.race([terminated, cannotGoOn.promise]),
      notifySocket: io.environment["NOTIFY_SOCKET"],
    });
    await sandbox?.stop();
  };

const otherProcess = (
  task: ServiceTask,
  sandbox: SandboxLink | null,
  { environment }: Io,
  tellCrew: () => ServerProcesses | null,
) =>
  spawnWorker<ReturnType<typeof workerProcess>["task"], Started>({
    ...workerProcess(task, sandbox, environment),
    tellCrew,
  });

function planOf(settings: Settings, log: Log): Plan<Settings> {
  const { config } = settings.loaded;
  return { settings, host: config.httpaddr, port: config.httpport, workers: countOf(config, log) };
}

/** @throws StartError when somebody else listens where the metrics have a listener of their own */
async function refuseTakenMetrics({ metrics }: Config): Promise<void> {
  const place = metricsPlace(metrics);
  if (CAN_SHARE_PORT && place && place !== "beside")
    await refuseTakenAddress(place, METRICS_ADVICE);
}

/** How many workers there are to be. */
function countOf({ workers }: Config, log: Log): number {
  const count = workers === "auto" ? availableParallelism() : Number(workers);
  if (count === 1 || CAN_SHARE_PORT) return count;
  log.warn({ workers }, "this system cannot share a port among processes: one worker runs");
  return 1;
}
