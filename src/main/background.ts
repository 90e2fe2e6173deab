import { attempt } from "../core/attempt.ts";
import type { BackupService } from "../core/backups/backup-service.ts";
import { ClockWatch } from "../core/coordination/clock-watch.ts";
import { Lease } from "../core/coordination/lease.ts";
import { sweepExpired } from "../core/coordination/sweeper.ts";
import type { Core } from "../core/core.ts";
import { keepCredentials } from "../core/credentials/credential-keeper.ts";
import { Failure } from "../core/errors.ts";
import type { Clock, Log, Random } from "../core/ports.ts";
import type { Store } from "../core/store.ts";
import type { StoreCheckService } from "../core/store-checks/store-check-service.ts";

const SWEEP_INTERVAL_MS = 10_000;
const KEEP_INTERVAL_MS = 30_000;
/** As old as the counts of other processes may be for a reader. */
const FLUSH_INTERVAL_MS = 5000;
/** As often as a kill may lose. */
const SHORT_FLUSH_INTERVAL_MS = 1000;
const CONCERN_INTERVAL_MS = 600_000;
const BACKUP_INTERVAL_MS = 10_000;
const REPORT_INTERVAL_MS = 5000;
/**
 * The length of the scheduler's lease: one worker of all nodes sweeps and keeps. When it dies,
 * another one does so after one and a half of these at most.
 */
const LEASE_MS = 20_000;
const LEASE_INTERVAL_MS = LEASE_MS / 2;

export interface BackgroundDeps {
  store: Store;
  core: Pick<
    Core,
    | "activity"
    | "visits"
    | "calls"
    | "credentials"
    | "ownerCredentials"
    | "limits"
    | "sessionTotals"
  >;
  backups: Pick<BackupService, "makeDue" | "stop">;
  storeChecks: Pick<StoreCheckService, "stop">;
  clock: Clock;
  random: Random;
  log: Log;
}

/** The work that a serving process does without a request. */
export interface Background {
  /** Stops all timers, waits for the rounds in hand, and releases the lease. */
  stop(): Promise<void>;
}

/**
 * Starts what a serving process does from time to time: it renews the scheduler's lease, flushes
 * the activity, the visits and the counts of calls, logs what the limits refused and, while it
 * holds the lease, sweeps expired records, renews credentials, makes backups and notes the number
 * of sessions.
 */
export async function startBackground({
  store,
  core,
  backups,
  storeChecks,
  clock,
  random,
  log,
}: BackgroundDeps): Promise<Background> {
  const lease = new Lease({ tables: store, clock, random, log }, "scheduler", LEASE_MS);
  const sweptAt = await attempt("storeFailed", () => store.sweptAt());
  // A first start begins the record, by which later ones judge their clocks.
  if (sweptAt === null) await attempt("storeFailed", () => store.noteSweep(clock.now()));
  const watch = new ClockWatch(
    { clock, log },
    () => performance.now(),
    sweptAt instanceof Failure ? null : sweptAt,
  );
  const sweep = async (): Promise<void> => {
    const now = watch.now();
    if (now !== null && lease.isHeld) await sweepExpired({ store, clock: { now: () => now }, log });
  };
  const logConcerns = concernLogger(store, log);
  const whileHeld = (run: () => Promise<unknown>) => async () => lease.isHeld && run();
  await lease.renew();
  const stops = [
    repeat(LEASE_INTERVAL_MS, () => lease.renew()),
    repeat(SWEEP_INTERVAL_MS, sweep),
    repeat(FLUSH_INTERVAL_MS, () => core.activity.flush()),
    repeat(SHORT_FLUSH_INTERVAL_MS, () => core.visits.flush()),
    repeat(SHORT_FLUSH_INTERVAL_MS, () => core.calls.flush()),
    repeat(REPORT_INTERVAL_MS, async () => core.limits.report()),
    repeat(CONCERN_INTERVAL_MS, whileHeld(logConcerns)),
    repeat(
      BACKUP_INTERVAL_MS,
      whileHeld(() => backups.makeDue()),
    ),
    repeat(
      KEEP_INTERVAL_MS,
      whileHeld(() => keepCredentials({ tables: store, clock, log, ...core })),
    ),
    repeat(
      KEEP_INTERVAL_MS,
      whileHeld(() => core.sessionTotals.noteHour()),
    ),
  ];
  return {
    async stop() {
      await Promise.all([backups.stop(), storeChecks.stop()]);
      await Promise.all(stops.map((stop) => stop()));
      await lease.release();
    },
  };
}

/**
 * Returns a function that logs what an operator should mend about the store, each problem once for
 * as long as it lasts. A store that fails is told elsewhere.
 */
function concernLogger(store: Store, log: Log): () => Promise<void> {
  let told: readonly string[] = [];
  return async () => {
    const concerns = await attempt("storeFailed", () => store.concerns());
    if (concerns instanceof Failure) return;
    for (const { problem, todo } of concerns)
      if (!told.includes(problem)) log.warn({ todo }, problem);
    told = concerns.map(({ problem }) => problem);
  };
}

/**
 * Runs something now and at every interval, unless the round before is still in hand.
 *
 * @returns a function that stops it, and resolves when the round in hand is over
 */
function repeat(intervalMs: number, run: () => Promise<unknown>): () => Promise<void> {
  let round: Promise<unknown> | null = null;
  const next = (): void => {
    round ??= run().finally(() => {
      round = null;
    });
  };
  next();
  const timer = setInterval(next, intervalMs);
  return async () => {
    clearInterval(timer);
    await round;
  };
}
