import { existsSync, readFileSync } from "node:fs";
import { type Check, checksOf } from "./check.ts";

const { ok, warn } = checksOf("open files");
const LIMITS = "/proc/self/limits";
const ENOUGH = 4096;

/** Checks how many connections and files a process may open; yields nothing without /proc. */
export function* checkOpenFiles(): Generator<Check> {
  if (!existsSync(LIMITS)) return;
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync(LIMITS, "utf8"));
  // A server raises the soft limit to the hard one itself.
  const allowed = match?.[2] === "unlimited" ? Number.POSITIVE_INFINITY : Number(match?.[2]);
  if (Number.isNaN(allowed)) return;
  yield allowed >= ENOUGH
    ? ok(`${allowed} may be open at once`)
    : warn(
        `only ${allowed} may be open at once, including connections`,
        `raise it to ${ENOUGH} or more: LimitNOFILE= in the systemd unit, or ulimit -n`,
      );
}
