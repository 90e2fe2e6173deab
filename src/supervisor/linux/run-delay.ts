import { readFileSync } from "node:fs";

/**
 * Returns how many milliseconds the main thread of a process has been ready to run, and waited for
 * a processor; 0 where the system does not tell.
 */
export function runDelayMs(pid: number): number {
  try {
    // Nanoseconds on a processor, nanoseconds waiting for one, number of time slices.
    const [, waited = "0"] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}
