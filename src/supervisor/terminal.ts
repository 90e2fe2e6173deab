import { closeSync, openSync, readFileSync } from "node:fs";

/** The bit of SIGHUP in the masks of /proc/self/status. */
const SIGHUP_BIT = 1;

/**
 * Makes what tells a terminal that was closed, which means the end, from a SIGHUP that somebody sent, which means a
 * reload. To be made before SIGHUP is listened for: who began with it ignored, as under nohup, outlives the terminal.
 */
export function terminalWatch(): () => boolean {
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
