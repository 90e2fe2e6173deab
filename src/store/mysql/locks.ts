import { StoreError } from "../../core/store-error.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Queries } from "./database.ts";

/** Enough that concurrent logins of two users seldom share one. */
const SLOTS = 1024;

/**
 * Slots that lock a whole table. READ COMMITTED does not lock a row that does not exist yet, nor
 * its gap, so a transaction that may insert a record first locks the record's row of
 * `waferd_locks`.
 */
export const WHOLE = { apps: SLOTS, copies: SLOTS + 1 } as const;

/** The rows of `waferd_locks`, with some for later use. */
const ROWS = SLOTS + 16;

/** Returns the slot of a record, by its key. */
export const slotOf = (...key: readonly string[]): number =>
  sha256(key.join("\n")).readUInt32LE() % SLOTS;

/** Waits for a slot, and locks it until the transaction ends. */
export async function lock(queries: Queries, slot: number): Promise<void> {
  const rows = await queries.run("SELECT slot FROM waferd_locks WHERE slot = ? FOR UPDATE", [slot]);
  if (rows.length === 0)
    throw new StoreError("corrupt", `waferd_locks lacks the row ${slot}: a restart inserts it`);
}

/** Inserts missing rows. */
export async function fillLocks(queries: Queries): Promise<void> {
  const [row] = await queries.run<{ slots: number | string }>(
    "SELECT COUNT(*) AS slots FROM waferd_locks",
  );
  if (Number(row?.slots) >= ROWS) return;
  const slots = Array.from({ length: ROWS }, (_, slot) => `(${slot})`);
  await queries.run(`INSERT IGNORE INTO waferd_locks (slot) VALUES ${slots.join(",")}`);
}
