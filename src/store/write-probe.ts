import type { LeaseTable } from "../core/coordination/lease-table.ts";

/**
 * Writes a lease that nobody asks for, and that has run out already, so that the next sweep removes
 * it.
 *
 * @param bytes the size of the record, at least
 */
export async function probeBy(leases: LeaseTable, bytes = 0): Promise<void> {
  const now = Date.now();
  await leases.acquire("write-probe", `${process.pid}`.padEnd(bytes, "."), now - 1, now);
}
