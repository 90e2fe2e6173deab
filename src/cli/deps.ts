import type { LoadedConfig } from "../config/load.ts";
import type { Clock } from "../core/ports.ts";
import type { OpenService } from "./api/store-connection.ts";
import type { DoctorPorts } from "./doctor/check.ts";
import type { ExitStatus } from "./exit-status.ts";
import type { Io } from "./io.ts";
import type { StoreTools } from "./store-tools.ts";

/**
 * Serves until SIGTERM or SIGINT.
 *
 * @param load reads the configuration as it is now; throws a StartError
 */
export type Serve = (load: () => LoadedConfig, io: Io) => Promise<void>;

/** The ports that the composition root gives to the commands. */
export interface CommandPorts {
  io: Io;
  clock: Clock;
  serve: Serve;
  /** Runs a worker process until its supervisor ends it. */
  work(): Promise<ExitStatus>;
  /** Runs the process that copies a data folder for a backup. */
  copyBackup(driver: string, dataDir: string, to: string): Promise<ExitStatus>;
  /** Runs the process that checks the store of the configuration that it reads. */
  checkStore(): Promise<ExitStatus>;
  openService: OpenService;
  doctor: DoctorPorts;
  storeTools: StoreTools;
}

/** The dependencies of every command. */
export interface CommandDeps extends CommandPorts {
  /** Sets the exit status of the process, which is 0 otherwise. */
  endWith(status: ExitStatus): void;
}
