import { attempt } from "./attempt.ts";
import type { Clock, Log } from "./ports.ts";
import { type Store, StoreError } from "./store.ts";

/** Few enough that the write transaction holds nobody up for long. */
const BATCH = 200;
/** Sessions that other servers wrote, looked at in one go. */
const ADOPTED = 500;
/** Batches of one round; what is left waits for the next, so that a large backlog leaves room for requests. */
const BATCHES_A_ROUND = 50;

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
  store: Store;
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
