import { setPriority } from "node:os";
import { EXIT, type ExitStatus } from "../cli/exit-status.ts";
import { StartError } from "../core/errors.ts";
import { examineFolder } from "../data-folder/ownership.ts";
import { loadFolderTools } from "../store/open.ts";
import { killWithParent } from "../supervisor/linux/kill-with-parent.ts";
import { setProcessName } from "../supervisor/linux/process-name.ts";
import { IS_COMPILED } from "./platform.ts";

/** The hidden command that this module runs in a process of its own. */
export const BACKUP_COMMAND = "backup-copy";
/** The longest that a copy may take. */
const LONGEST_MS = 3_600_000;
/** Requests go before the copy. */
const NICENESS = 10;

/**
 * Copies the data of a folder in another process: reading every page of a large copy would hold up
 * requests for seconds, and a fault of the disk must not end the server.
 *
 * @throws Error with the reason
 */
export async function copyInProcess(
  driver: keyof typeof loadFolderTools,
  dataDir: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  // The running executable itself, even if another file has replaced it since.
  const executable = process.platform === "linux" ? `/proc/${process.pid}/exe` : process.execPath;
  const copying = Bun.spawn(
    [executable, ...(IS_COMPILED ? [] : [Bun.main]), BACKUP_COMMAND, driver, dataDir, to],
    {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      signal,
      timeout: LONGEST_MS,
      killSignal: "SIGKILL",
    },
  );
  const [said, status] = await Promise.all([new Response(copying.stderr).text(), copying.exited]);
  if (status === 0) return;
  const reason = said.trim().replace(/^waferd: /, "");
  throw new Error(
    reason === "" ? `the copying process ended with ${copying.signalCode ?? status}` : reason,
  );
}

/** Runs the command of {@link copyInProcess}. */
export async function runBackupCopy(
  driver: string,
  dataDir: string,
  to: string,
): Promise<ExitStatus> {
  setProcessName("waferd");
  killWithParent();
  setPriority(NICENESS);
  const load = Object.entries(loadFolderTools).find(([name]) => name === driver)?.[1];
  if (load === undefined) throw new StartError(`${driver} is not an embedded store`);
  examineFolder(dataDir, { isServer: true, makes: [] });
  const { backupFolder } = await load();
  await backupFolder(dataDir, to, false);
  return EXIT.done;
}
