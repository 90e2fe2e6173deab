import { existsSync, readFileSync } from "node:fs";
import { type Check, checksOf } from "./check.ts";

const { ok, warn } = checksOf("open files");
const LIMITS = "/proc/self/limits";
const ENOUGH = 4096;

/** How many connections and files the system allows a process of this user. Nothing where it does not tell. */
export function* checkOpenFiles(): Generator<Check> {
  if (!existsSync(LIMITS)) return;
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync(LIMITS, "utf8"));
  // A server raises the first to the second by itself.
  const allowed = match?.[2] === "unlimited" ? Number.POSITIVE_INFINITY : Number(match?.[2]);
  if (Number.isNaN(allowed)) return;
  yield allowed >= ENOUGH
    ? ok(`${allowed} may be open at once`)
    : warn(
        `only ${allowed} may be open at once, connections among them`,
        `raise it to ${ENOUGH} or more: LimitNOFILE= in the systemd unit, or ulimit -n`,
      );
}
