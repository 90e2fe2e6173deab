import { setPriority } from "node:os";
import { killWithParent } from "../supervisor/linux/kill-with-parent.ts";
import { setProcessName } from "../supervisor/linux/process-name.ts";
import { IS_COMPILED } from "./platform.ts";

/** The longest that the process of a server may take. */
const LONGEST_MS = 3_600_000;
/** Requests go before it. */
const NICENESS = 10;

/**
 * Runs a hidden command of this executable in a process of its own, which ends with this one:
 * reading a large store would hold up requests for seconds, and a fault of the disk must not end
 * the server.
 *
 * @param input what it reads: other users of the machine see a command line, and not this
 * @returns what it wrote to standard output
 * @throws Error with what it wrote to standard error
 */
export async function runInProcess(
  command: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  // The running executable itself, even if another file has replaced it since.
  const executable = process.platform === "linux" ? `/proc/${process.pid}/exe` : process.execPath;
  const child = Bun.spawn([executable, ...(IS_COMPILED ? [] : [Bun.main]), ...command], {
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
    signal,
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  });
  const [output, said, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status === 0) return output;
  const reason = said.trim().replace(/^waferd: /, "");
  throw new Error(reason === "" ? `its process ended with ${child.signalCode ?? status}` : reason);
}

/** Prepares a process that {@link runInProcess} started. */
export function beginOwnProcess(): void {
  // Otherwise it is called `exe`, after /proc/…/exe.
  setProcessName("waferd");
  killWithParent();
  setPriority(NICENESS);
}
