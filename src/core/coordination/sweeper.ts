import { attempt } from "../attempt.ts";
import type { Clock, Log, Milliseconds } from "../ports.ts";
import { StoreError } from "../store-error.ts";

/** Few enough that the write transaction holds nobody up for long. */
const BATCH = 200;
/** Sessions that other servers wrote, looked at in one go. */
const ADOPTED = 500;
/** Batches of one round; what is left waits for the next, so that a large backlog leaves room for requests. */
const BATCHES_A_ROUND = 50;

/** A table whose records expire. */
interface SweptTable {
  /** Removes up to `limit` records that are due at `now`, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}

/** The part of a store that a sweep needs. */
export interface SweptStore {
  sessions: {
    sweep(now: Milliseconds, limit: number): Promise<{ removed: number; moved: number }>;
  };
  callCounts: SweptTable;
  idempotency: SweptTable;
  weappUsers: SweptTable;
  /** Indexes some of the sessions that another server wrote, and returns whether there may be more. */
  adopt(limit: number): Promise<boolean>;
}

/**
 * One round of forgetting expired sessions, old counts, and answers that nobody will ask for again, and of taking in what
 * other servers wrote. Between batches others have their turn.
 *
 * @returns how many sessions were removed
 */
export async function sweepExpired({
  store,
  clock,
  log,
}: {
  store: SweptStore;
  clock: Clock;
  log: Log;
}): Promise<number> {
  let removed = 0;
  try {
    for (let batch = 0; batch < BATCHES_A_ROUND; batch += 1) {
      const swept = await store.sessions.sweep(clock.now(), BATCH);
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
  await attempt("storeFailed", () => store.callCounts.sweep(clock.now(), BATCH));
  await attempt("storeFailed", () => store.idempotency.sweep(clock.now(), BATCH));
  await attempt("storeFailed", () => store.weappUsers.sweep(clock.now(), BATCH));
  if (removed > 0) log.info({ removed }, "expired sessions swept");
  return removed;
}
