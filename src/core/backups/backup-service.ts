import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { Lease } from "../coordination/lease.ts";
import type { LeaseTable } from "../coordination/lease-table.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Log, Milliseconds, Random } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { type Backup, type BackupFailure, backupName, timeOfBackup } from "./backup.ts";
import type { BackupPlace } from "./backup-place.ts";

/** The length of the lease of the process that makes a backup. */
const LEASE_MS: Milliseconds = 60_000;
const LEASE_STEP_MS: Milliseconds = 20_000;
/** How often the end of a backup is looked for, between two renewals of the lease. */
const STEP_MS: Milliseconds = 250;
/** A scheduled backup that failed is tried again after this, or after its interval if shorter. */
const RETRY_MS: Milliseconds = 900_000;
/** Room that a backup leaves on its disk, for the data and the log. */
const SPARE_BYTES = 16 * 1024 ** 2;

export interface BackupDeps {
  tables: { leases: LeaseTable };
  audit: AuditTrail;
  clock: Clock;
  random: Random;
  log: Log;
  /** Returns the space that the store takes. */
  usage: () => Awaitable<{ sizeBytes: number | null; usedBytes: number | null }>;
  /** null for a store that other tools back up. */
  place: BackupPlace | null;
}

export interface BackupOptions {
  /** The time between two scheduled backups; null without a schedule. */
  every: Milliseconds | null;
  /** The number of backups that are kept. */
  keep: number;
  /** Which tools back up a shared store; null for an embedded one. */
  advice: string | null;
}

/** The backups, and what is known of the next one. */
export interface BackupState {
  /** Latest first. */
  backups: Backup[];
  /** null for a store that other tools back up. */
  folder: string | null;
  every: Milliseconds | null;
  keep: number;
  /** When the next scheduled backup is due; null without a schedule. */
  nextAt: Milliseconds | null;
  /** When the backup that is being made was begun; null when none is. */
  runningSince: Milliseconds | null;
  failure: BackupFailure | null;
  advice: string | null;
}

/** A backup that is being made. */
export interface BegunBackup {
  name: string;
  done: Promise<Backup | Failure>;
}

/**
 * Makes, lists and removes backups of an embedded store. Of all processes one makes a backup at a
 * time. None of them has the keys: see docs/stores.md.
 */
export class BackupService {
  readonly #deps;
  readonly #options;
  readonly #lease;
  #running: { stop: AbortController; done: Promise<unknown> } | null = null;
  #isStopped = false;

  constructor(deps: BackupDeps, options: BackupOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#lease = new Lease(deps, "backup", LEASE_MS);
  }

  /** Returns the backups and the schedule; a Failure: storeFailed when the folder is unreadable. */
  state(): BackupState | Failure {
    const { every, keep, advice } = this.#options;
    const { place } = this.#deps;
    if (place === null)
      return {
        ...{ backups: [], folder: null, every: null, keep, nextAt: null },
        ...{ runningSince: null, failure: null, advice },
      };
    return inPlace(() => ({
      backups: place
        .names()
        .map((name) => place.find(name))
        .filter((backup) => backup !== null),
      folder: place.folder,
      ...{ every, keep, advice },
      nextAt: this.#nextAt(place),
      runningSince: place.runningSince(),
      failure: place.failure(),
    }));
  }

  /**
   * Begins a backup.
   *
   * @param actor null for the schedule
   * @returns a Failure: backupElsewhere, backupRunning, backupFailed, storeFailed; `done` resolves
   *   to one: backupFailed
   */
  async begin(actor: Actor | null): Promise<BegunBackup | Failure> {
    const { place } = this.#deps;
    if (place === null) return this.#elsewhere();
    if (this.#isStopped) return new Failure("backupFailed", { reason: "this process is ending" });
    if (this.#running !== null) return new Failure("backupRunning");
    const isOurs = await this.#lease.tryRenew();
    if (isOurs instanceof Failure) return isOurs;
    if (!isOurs) return new Failure("backupRunning");
    // Another call may have begun one during the wait.
    if (this.#running !== null) return new Failure("backupRunning");
    const taken = inPlace(() => place.names());
    if (taken instanceof Failure) {
      await this.#lease.release();
      return taken;
    }
    const stop = new AbortController();
    let at = this.#deps.clock.now();
    while (taken.includes(backupName(at))) at += 1000;
    const name = backupName(at);
    const running = { stop, done: Promise.resolve() as Promise<unknown> };
    // Before it begins: a failure of its first step ends it at once.
    this.#running = running;
    const done = this.#make(place, name, actor, stop.signal);
    running.done = done;
    return { name, done };
  }

  /** Makes a scheduled backup if one is due. Call it in one process at a time. */
  async makeDue(): Promise<void> {
    const { place, clock } = this.#deps;
    if (place === null || this.#options.every === null) return;
    const due = inPlace(() => this.#nextAt(place));
    if (due instanceof Failure) return this.#noteOnce(place, due);
    if (due !== null && due > clock.now()) return;
    const begun = await this.begin(null);
    if (!(begun instanceof Failure)) await begun.done;
    else if (begun.code !== "backupRunning") this.#noteOnce(place, begun);
  }

  /** Removes a backup; a Failure: backupElsewhere, backupNotFound, backupFailed. */
  async remove(name: string, actor: Actor): Promise<Failure | undefined> {
    const { place, audit, log } = this.#deps;
    if (place === null) return this.#elsewhere();
    const removed = inPlace(() => timeOfBackup(name) !== null && place.remove(name));
    if (removed instanceof Failure) return removed;
    if (!removed) return new Failure("backupNotFound");
    log.info({ name, by: actor.by }, "backup removed");
    await audit.record(actor, "backup.removed", name);
    return undefined;
  }

  /** Opens a backup to be downloaded; a Failure: backupElsewhere, backupNotFound, backupFailed. */
  async open(name: string, actor: Actor): Promise<Blob | Failure> {
    const { place, audit } = this.#deps;
    if (place === null) return this.#elsewhere();
    const content = inPlace(() => (timeOfBackup(name) === null ? null : place.open(name)));
    if (content instanceof Failure) return content;
    if (content === null) return new Failure("backupNotFound");
    await audit.record(actor, "backup.downloaded", name);
    return content;
  }

  /** Ends the backup that this process makes, and begins no other. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#running?.stop.abort();
    await this.#running?.done;
  }

  #elsewhere(): Failure {
    const { advice } = this.#options;
    return new Failure("backupElsewhere", advice === null ? {} : { reason: advice });
  }

  async #make(
    place: BackupPlace,
    name: string,
    actor: Actor | null,
    signal: AbortSignal,
  ): Promise<Backup | Failure> {
    const { clock, log, audit, usage } = this.#deps;
    const begunAt = clock.now();
    try {
      const { usedBytes, sizeBytes } = await usage();
      const room = (usedBytes ?? sizeBytes ?? 0) + SPARE_BYTES;
      await this.#whileHeld(place.make(name, room, signal));
      const backup = place.find(name);
      if (backup === null) throw new Error(`${name} disappeared from ${place.folder}`);
      place.noteFailure(null);
      const { bytes } = backup;
      log.info({ name, bytes, durationMs: clock.now() - begunAt }, "backup made");
      if (actor !== null) await audit.record(actor, "backup.made", name);
      this.#removeOld(place, name);
      return backup;
    } catch (error) {
      const reason = (error as Error).message;
      // The next process makes a backup that a reload ended.
      if (signal.aborted) log.info({ name }, "the backup was ended with its process");
      else this.#noteFailure(place, reason);
      return new Failure("backupFailed", { reason });
    } finally {
      this.#running = null;
      await this.#lease.release();
    }
  }

  /** Waits for work, and keeps the lease meanwhile. */
  async #whileHeld(work: Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const ended = work.then(over, over);
    for (let waited = 0; !isOver; ) {
      await Promise.race([ended, clock.sleep(STEP_MS)]);
      waited += STEP_MS;
      if (isOver || waited < LEASE_STEP_MS) continue;
      waited = 0;
      await this.#lease.renew();
    }
    await work;
  }

  #removeOld(place: BackupPlace, made: string): void {
    const { log } = this.#deps;
    const others = place.names().filter((name) => name !== made);
    for (const name of others.slice(this.#options.keep - 1)) {
      const removed = inPlace(() => place.remove(name));
      if (removed instanceof Failure)
        log.warn({ name, reason: removed.detail.reason }, "an old backup could not be removed");
      else log.info({ name }, "old backup removed");
    }
  }

  /** @returns null without a schedule */
  #nextAt(place: BackupPlace): Milliseconds | null {
    const { every } = this.#options;
    if (every === null) return null;
    const now = this.#deps.clock.now();
    // One of the future was named by a wrong clock.
    const isPast = (at: Milliseconds | null) => at !== null && !isAhead(at, now);
    const last = place.names().map(timeOfBackup).find(isPast) ?? null;
    return Math.max(now, last === null ? now : last + every, this.#retryAt(place));
  }

  /** When a schedule may try again after a failure; 0 without one. */
  #retryAt(place: BackupPlace): Milliseconds {
    const failure = place.failure();
    if (failure === null || isAhead(failure.at, this.#deps.clock.now())) return 0;
    return failure.at + Math.min(this.#options.every ?? RETRY_MS, RETRY_MS);
  }

  #noteFailure(place: BackupPlace, reason: string): void {
    const { clock, log } = this.#deps;
    log.error({ reason }, "a backup failed");
    inPlace(() => place.noteFailure({ at: clock.now(), reason }));
  }

  /** Notes a failure of the schedule itself, which comes again at every look. */
  #noteOnce(place: BackupPlace, { detail }: Failure): void {
    if (this.#retryAt(place) <= this.#deps.clock.now())
      this.#noteFailure(place, detail.reason ?? "the store refuses writes");
  }
}

/** Runs a call to the place of backups, whose errors are for administrators. */
function inPlace<T>(run: () => T): T | Failure {
  try {
    return run();
  } catch (error) {
    return new Failure("backupFailed", { reason: (error as Error).message });
  }
}
