import { EXIT, type ExitStatus } from "../cli/exit-status.ts";
import { remoteSandbox } from "../sandbox/remote.ts";
import { killWithParent } from "../supervisor/linux/kill-with-parent.ts";
import { setProcessName } from "../supervisor/linux/process-name.ts";
import { serveOrders } from "../supervisor/serve-orders.ts";
import type { ReopenableLog } from "../telemetry/log.ts";
import { RecentLines } from "../telemetry/recent-lines.ts";
import { openLog } from "./log.ts";
import { random } from "./ports.ts";
import { type Started, startService } from "./service.ts";
import type { WorkerTask } from "./worker-process.ts";

/** Runs `waferd worker` until its supervisor ends it. */
export async function runWorker(): Promise<ExitStatus> {
  // Otherwise it is called `exe`, after /proc/…/exe.
  setProcessName("waferd");
  killWithParent();
  let log: ReopenableLog | null = null;
  const kept = new RecentLines(random.hex(4));
  const status = await serveOrders<WorkerTask, Started>(
    async ({ sandboxBase, ...task }, server) => {
      log = openLog(task.settings.loaded.config, { pid: process.pid }, kept);
      const sandbox = sandboxBase === null ? null : remoteSandbox(sandboxBase);
      return startService(task, { sandbox, log, ...server });
    },
    { reopenLog: () => log?.reopen(), kept },
  );
  return status === 0 ? EXIT.done : EXIT.failed;
}
