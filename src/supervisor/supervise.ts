import { StartError } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import {
  type ManagerVariables,
  notifyManager,
  reloadingStates,
  startWatchdog,
} from "./linux/notify.ts";
import type { Plan, Supervisor } from "./supervisor.ts";
import { watchTerminal } from "./terminal.ts";

export interface SuperviseOptions<Settings, Started> {
  supervisor: Supervisor<Settings, Started>;
  first: Plan<Settings>;
  /** Reads the settings again; throws a StartError when they are wrong. */
  next(): Promise<Plan<Settings>>;
  onStarted(started: readonly Started[]): void;
  onReloaded(plan: Plan<Settings>): void;
  log: Log;
  reopenLog(): void;
  /** Resolves when the server has to end; rejects with a StartError when it cannot go on. */
  ending: Promise<void>;
  manager: ManagerVariables;
}

/**
 * Runs a supervisor until the end, and obeys the signals: SIGHUP reads the settings again and
 * replaces the workers (a closed terminal ends the server), SIGUSR1 opens the log files again.
 * The service manager is notified of each step.
 *
 * @throws StartError
 */
export async function supervise<Settings, Started>({
  supervisor,
  first,
  next,
  onStarted,
  onReloaded,
  log,
  reopenLog,
  ending,
  manager,
}: SuperviseOptions<Settings, Started>): Promise<void> {
  const notify = (...states: string[]): void => notifyManager(manager.NOTIFY_SOCKET, ...states);

  const reload = async (): Promise<void> => {
    try {
      const plan = await next();
      await supervisor.reload(plan);
      onReloaded(plan);
      supervisor.noteReload(null);
      log.info({ workers: plan.workers }, "reloaded");
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      supervisor.noteReload(error.message);
      log.error(
        { reason: error.message },
        "the reload failed; workers that were not replaced go on",
      );
    }
  };
  const isTerminalClosed = watchTerminal();
  const hungUp = Promise.withResolvers<void>();
  let isReloading = false;
  let isAskedAgain = false;
  const onHangUp = async (): Promise<void> => {
    if (isTerminalClosed()) return hungUp.resolve();
    isAskedAgain = true;
    if (isReloading) return;
    isReloading = true;
    notify(...reloadingStates());
    while (isAskedAgain) {
      isAskedAgain = false;
      await reload();
    }
    notify("READY=1");
    isReloading = false;
  };

  process.on("SIGUSR1", () => {
    reopenLog();
    supervisor.reopenLogs();
  });
  const stopWatchdog = startWatchdog(manager);
  const started = supervisor.start(first);
  process.on("SIGHUP", () => void started.then(onHangUp, () => undefined));
  // A process that exits at once, at a second signal, must not leave its workers behind.
  process.on("exit", () => supervisor.kill());
  onStarted(await started);
  notify("READY=1");
  try {
    await Promise.race([ending, hungUp.promise]);
  } finally {
    notify("STOPPING=1");
    await supervisor.stop();
    stopWatchdog();
  }
}
