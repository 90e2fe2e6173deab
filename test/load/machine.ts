import { cpus, release, totalmem } from "node:os";

/** Describes the machine of the figures in one line. */
export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpus()[0]?.model}, ${gib} GiB, Linux ${release()}, shared with the load generator; Bun ${Bun.version}`;
}
