import { closeSync, openSync, readFileSync } from "node:fs";

/** The bit of SIGHUP in the masks of /proc/self/status. */
const SIGHUP_BIT = 1;

/**
 * Returns a function that tells a closed terminal, which means the end, from a SIGHUP that somebody
 * sent, which means a reload. Call this before listening for SIGHUP: a process that was started
 * with SIGHUP ignored, as under nohup, outlives its terminal.
 */
export function watchTerminal(): () => boolean {
  const hadTerminal = hasTerminal() && !ignoresHangUp();
  return () => hadTerminal && !hasTerminal();
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

function ignoresHangUp(): boolean {
  try {
    const [, mask = "0"] =
      /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return (Number.parseInt(mask.slice(-8), 16) & SIGHUP_BIT) !== 0;
  } catch {
    return false;
  }
}
