import { EXIT, type ExitStatus } from "../cli/exit-status.ts";
import { StartError } from "../core/errors.ts";
import { examineFolder } from "../data-folder/ownership.ts";
import { loadFolderTools } from "../store/open.ts";
import { beginOwnProcess, runInProcess } from "./own-process.ts";

/**
 * Copies the data of a folder in another process.
 *
 * @throws Error with the reason
 */
export async function copyInProcess(
  driver: keyof typeof loadFolderTools,
  dataDir: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  await runInProcess(["backup-copy", driver, dataDir, to], "", signal);
}

/** Runs the command of {@link copyInProcess}. */
export async function runBackupCopy(
  driver: string,
  dataDir: string,
  to: string,
): Promise<ExitStatus> {
  beginOwnProcess();
  const load = Object.entries(loadFolderTools).find(([name]) => name === driver)?.[1];
  if (load === undefined) throw new StartError(`${driver} is not an embedded store`);
  examineFolder(dataDir, { isServer: true, makes: [] });
  const { backupFolder } = await load();
  await backupFolder(dataDir, to, false);
  return EXIT.done;
}
