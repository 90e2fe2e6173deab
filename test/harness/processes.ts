import { readdirSync, readFileSync } from "node:fs";

/** Returns the parent of a running process; null when the process is gone or a zombie. */
function parentOf(pid: number): number | null {
  try {
    const [, state, parent] =
      /^\d+ \(.*\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return state === "Z" ? null : Number(parent);
  } catch {
    return null;
  }
}

export const isRunning = (pid: number): boolean => parentOf(pid) !== null;

/** Returns the ids of a process's children, in ascending order. */
export const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid)
    .sort((one, other) => one - other);
