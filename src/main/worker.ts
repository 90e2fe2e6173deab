import { EXIT, type ExitStatus } from "../cli/exit-status.ts";
import type { Io } from "../cli/io.ts";
import { remoteSandbox, type SandboxLink } from "../sandbox/remote.ts";
import { setProcessName } from "../supervisor/linux/process-name.ts";
import { serveOrders } from "../supervisor/serve-orders.ts";
import type { ReopenableLog } from "../telemetry/log.ts";
import { openLog } from "./log.ts";
import { type ServiceTask, type Started, startService } from "./service.ts";

/** A task as a worker process gets it. */
export interface WorkerTask extends ServiceTask {
  /** The address of the sandbox that all workers share; null without one. */
  sandboxBase: string | null;
}

/** Returns how a worker process is started. */
export function workerProcess(
  task: ServiceTask,
  sandbox: SandboxLink | null,
  { NOTIFY_SOCKET: _, ...environment }: Io["environment"],
) {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return {
    // The running executable itself, even if another file has replaced it since.
    command: [`/proc/${process.pid}/exe`, ...(isCompiled ? [] : [Bun.main]), "worker"],
    environment,
    task: { ...task, sandboxBase: sandbox?.apiBase ?? null } satisfies WorkerTask,
  };
}

/** Runs `waferd worker` until its supervisor ends it. */
export async function runWorker(): Promise<ExitStatus> {
  // Otherwise it is called `exe`, after /proc/…/exe.
  setProcessName("waferd");
  let log: ReopenableLog | null = null;
  const status = await serveOrders<WorkerTask, Started>(
    async ({ sandboxBase, ...task }, getServerProcesses) => {
      log = openLog(task.settings.loaded.config, { pid: process.pid });
      const sandbox = sandboxBase === null ? null : remoteSandbox(sandboxBase);
      return startService(task, { sandbox, log, getServerProcesses });
    },
    () => log?.reopen(),
  );
  return status === 0 ? EXIT.done : EXIT.failed;
}
