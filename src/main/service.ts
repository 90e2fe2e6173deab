import type { StartedService } from "../cli/banner.ts";
import type { Log } from "../core/ports.ts";
import type { GetServerProcesses } from "../core/server-processes.ts";
import type { SandboxLink } from "../sandbox/remote.ts";
import type { Service } from "../supervisor/service.ts";
import type { Listening } from "../supervisor/supervisor.ts";
import type { Settings } from "./settings.ts";

/** Elsewhere several processes cannot share a port evenly. */
export const CAN_SHARE_PORT = process.platform === "linux";

/** What a worker is to serve. */
export interface ServiceTask {
  settings: Settings;
  address: Listening;
  /** No other worker has these settings yet: it says what there is to say of them. */
  isFirst: boolean;
}

export type Started = StartedService & { port: number };

/**
 * Starts the service in this process.
 *
 * @throws StartError
 */
export type StartService = (
  task: ServiceTask,
  sandbox: SandboxLink | null,
  log: Log,
  getServerProcesses: GetServerProcesses,
) => Promise<Service<Started>>;
