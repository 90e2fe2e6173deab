import { existsSync, readFileSync } from "node:fs";
import { type Finding, findingsOf } from "../../core/finding.ts";

const { ok, warn } = findingsOf("open files");
const LIMITS = "/proc/self/limits";
const ENOUGH = 4096;

/** Checks how many connections and files a process may open; yields nothing without /proc. */
export function* checkOpenFiles(): Generator<Finding> {
  if (!existsSync(LIMITS)) return;
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync(LIMITS, "utf8"));
  // A server raises the soft limit to the hard one itself.
  const allowed = match?.[2] === "unlimited" ? Number.POSITIVE_INFINITY : Number(match?.[2]);
  if (Number.isNaN(allowed)) return;
  yield allowed >= ENOUGH
    ? ok([`${allowed} may be open at once`], [`最多可同时打开 ${allowed} 个`])
    : warn(
        [
          `only ${allowed} may be open at once, including connections`,
          `raise it to ${ENOUGH} or more: LimitNOFILE= in the systemd unit, or ulimit -n`,
        ],
        [
          `最多只能同时打开 ${allowed} 个，包括连接`,
          `提高到 ${ENOUGH} 或更多：systemd 单元中的 LimitNOFILE=，或 ulimit -n`,
        ],
      );
}
