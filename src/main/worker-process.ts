import { totalmem } from "node:os";
import type { Io } from "../cli/io.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { IS_COMPILED } from "./platform.ts";
import type { ServiceTask } from "./service.ts";

/** A task as a worker process gets it. */
export interface WorkerTask extends ServiceTask {
  /** The address of the sandbox that all workers share; null without one. */
  sandboxBase: string | null;
}

/**
 * The memory for which JavaScriptCore plans its heap, in bytes. With all of a large machine's it
 * collects garbage so late that a worker under load takes twice as much, and gains no speed.
 */
const PLANNED_MEMORY = 512 * 2 ** 20;

/** Returns how a worker process is started. */
export const workerProcess = (
  task: ServiceTask,
  sandbox: Pick<Sandbox, "apiBase"> | null,
  { NOTIFY_SOCKET: _, WATCHDOG_USEC: _usec, WATCHDOG_PID: _pid, ...environment }: Io["environment"],
) => ({
  // The running executable itself, even if another file has replaced it since.
  command: [`/proc/${process.pid}/exe`, ...(IS_COMPILED ? [] : [Bun.main]), "worker"],
  environment: {
    BUN_JSC_forceRAMSize: `${Math.min(PLANNED_MEMORY, totalmem())}`,
    ...environment,
  },
  task: { ...task, sandboxBase: sandbox?.apiBase ?? null } satisfies WorkerTask,
});
