import { StoreError } from "../../core/store-error.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Queries } from "./database.ts";

/** Enough that two users who log in at once seldom share one. */
const SLOTS = 1024;

/**
 * What is locked as a whole. A row that is not there yet cannot be locked, and the gap where it will be is not locked
 * at READ COMMITTED; so whoever may insert one locks a row of `waferd_locks` first, the same for the same record.
 */
export const WHOLE = { apps: SLOTS, copies: SLOTS + 1 } as const;

/** All rows of `waferd_locks`; some are kept for later. */
const ROWS = SLOTS + 16;

/** The slot of a record, by what it is known under. */
export const slotOf = (...key: readonly string[]): number =>
  sha256(key.join("\n")).readUInt32LE() % SLOTS;

/** Waits until nobody else has this slot, and has it until the transaction ends. */
export async function lock(queries: Queries, slot: number): Promise<void> {
  const rows = await queries.run("SELECT slot FROM waferd_locks WHERE slot = ? FOR UPDATE", [slot]);
  if (rows.length === 0)
    throw new StoreError(
      "corrupt",
      `waferd_locks lacks the row ${slot}, which a restart puts back`,
    );
}

/** Puts in the rows that are missing. */
export async function fillLocks(queries: Queries): Promise<void> {
  const [row] = await queries.run<{ slots: number | string }>(
    "SELECT COUNT(*) AS slots FROM waferd_locks",
  );
  if (Number(row?.slots) >= ROWS) return;
  const slots = Array.from({ length: ROWS }, (_, slot) => `(${slot})`);
  await queries.run(`INSERT IGNORE INTO waferd_locks (slot) VALUES ${slots.join(",")}`);
}
