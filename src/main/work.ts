import type { Io } from "../cli/io.ts";
import { remoteSandbox, type SandboxLink } from "../sandbox/remote.ts";
import { setProcessName } from "../supervisor/linux/process-name.ts";
import { serveOrders } from "../supervisor/serve-orders.ts";
import type { ReopenableLog } from "../telemetry/log.ts";
import { openLog } from "./log.ts";
import type { ServiceTask, Started, StartService } from "./service.ts";

/** What a worker process is told. */
interface WorkerTask extends ServiceTask {
  /** Where the sandbox is that all workers share; null without it. */
  sandboxBase: string | null;
}

/** How a worker process is started. */
export function workerProcess(
  task: ServiceTask,
  sandbox: SandboxLink | null,
  { NOTIFY_SOCKET: _, ...environment }: Io["environment"],
) {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return {
    // The very executable that runs, even if another lies in its place by now.
    command: [`/proc/${process.pid}/exe`, ...(isCompiled ? [] : [Bun.main]), "worker"],
    environment,
    task: { ...task, sandboxBase: sandbox?.apiBase ?? null } satisfies WorkerTask,
  };
}

/** `waferd worker`: gives the exit status when its supervisor has it end. */
export async function work(startService: StartService): Promise<number> {
  // It was started as /proc/…/exe.
  setProcessName("waferd");
  let log: ReopenableLog | null = null;
  return serveOrders<WorkerTask, Started>(
    async ({ sandboxBase, ...task }, getServerProcesses) => {
      log = openLog(task.settings.loaded.config, { pid: process.pid });
      const sandbox = sandboxBase === null ? null : remoteSandbox(sandboxBase);
      return startService(task, sandbox, log, getServerProcesses);
    },
    () => log?.reopen(),
  );
}
