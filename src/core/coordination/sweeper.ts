import { attempt } from "../attempt.ts";
import type { Awaitable, Clock, Log, Milliseconds } from "../ports.ts";
import { StoreError } from "../store-error.ts";

/** Records removed in one transaction: few enough that no other write waits long for it. */
const BATCH = 200;
/** Sessions of other servers that are indexed in one step. */
const ADOPTED = 500;
/** Batches of one round; the rest of a large backlog waits, so that requests get their turn. */
const BATCHES_A_ROUND = 50;

/** A table whose records expire. */
interface SweptTable {
  /** Removes up to `limit` records that are due at `now`, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}

/** The tables beside the sessions whose records expire. */
const SWEPT_TABLES = [
  "activity",
  "callCounts",
  "claims",
  "idempotency",
  "leases",
  "weappUsers",
] as const;

/** Sweeps are noted once in this time. */
const NOTE_INTERVAL: Milliseconds = 60_000;

/** The part of a store that a sweep needs. */
export interface SweptStore extends Record<(typeof SWEPT_TABLES)[number], SweptTable> {
  sessions: {
    sweep(now: Milliseconds, limit: number): Promise<{ removed: number; moved: number }>;
  };
  /** Indexes some sessions that another server wrote; returns whether there may be more. */
  adopt(limit: number): Promise<boolean>;
  sweptAt(): Awaitable<Milliseconds | null>;
  noteSweep(at: Milliseconds): Promise<void>;
}

/**
 * Removes expired records of every table, and indexes what other servers wrote: one round, in small
 * batches.
 *
 * @param clock one that can be trusted (see ClockWatch)
 * @returns how many sessions were removed
 */
export async function sweepExpired({
  store,
  clock,
  log,
}: {
  store: SweptStore;
  clock: Pick<Clock, "now">;
  log: Log;
}): Promise<number> {
  const now = clock.now();
  let removed = 0;
  try {
    for (let batch = 0; batch < BATCHES_A_ROUND; batch += 1) {
      const swept = await store.sessions.sweep(now, BATCH);
      removed += swept.removed;
      if (swept.removed + swept.moved < BATCH) break;
    }
  } catch (err) {
    if (!(err instanceof StoreError)) throw err;
    log.warn({ err }, "expired sessions could not be swept");
  }
  await attempt("storeFailed", async () => {
    for (let batch = 0; batch < BATCHES_A_ROUND && (await store.adopt(ADOPTED)); batch += 1);
  });
  for (const table of SWEPT_TABLES)
    await attempt("storeFailed", async () => {
      for (let batch = 0; batch < BATCHES_A_ROUND; batch += 1)
        if ((await store[table].sweep(now, BATCH)) < BATCH) break;
    });
  await attempt("storeFailed", async () => {
    if (Math.abs(now - ((await store.sweptAt()) ?? 0)) >= NOTE_INTERVAL) await store.noteSweep(now);
  });
  if (removed > 0) log.info({ removed }, "expired sessions swept");
  return removed;
}
