import type { Queries } from "./database.ts";

/** With a single row, the logins of new users would wait for each other. */
const SLOTS = 16;

/** Returns a count, which is kept as the sum of several rows. */
export async function readCounter(queries: Queries, name: string): Promise<number> {
  const [row] = await queries.run<{ amount: number | string | null }>(
    "SELECT CAST(SUM(amount) AS SIGNED) AS amount FROM waferd_counters WHERE name = ?",
    [name],
  );
  return Number(row?.amount ?? 0);
}

/**
 * Adds to a count. Call it at the end of a transaction, so that the row is locked for a short time.
 *
 * @param slot any whole number; callers with different ones seldom wait for each other
 */
export async function addToCounter(
  queries: Queries,
  name: string,
  amount: number,
  slot: number,
): Promise<void> {
  if (amount === 0) return;
  await queries.run(
    "INSERT INTO waferd_counters (name, slot, amount) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE amount = amount + ?",
    [name, slot % SLOTS, amount, amount],
  );
}

/** Sets a number that is not a count. */
export async function setCounter(queries: Queries, name: string, value: number): Promise<void> {
  await queries.run(
    "INSERT INTO waferd_counters (name, slot, amount) VALUES (?, 0, ?) ON DUPLICATE KEY UPDATE amount = ?",
    [name, value, value],
  );
}
