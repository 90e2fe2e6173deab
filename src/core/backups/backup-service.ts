import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { Lease } from "../coordination/lease.ts";
import type { LeaseTable } from "../coordination/lease-table.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Log, Milliseconds, Random } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { type Backup, type BackupFailure, nextBackupName, parseBackupName } from "./backup.ts";
import type { BackupPlace } from "./backup-place.ts";

/** The length of the lease of the process that makes a backup: a dead one blocks others so long. */
const LEASE_MS: Milliseconds = 20_000;
/** A scheduled backup that failed is tried again after this, or after its interval if shorter. */
const RETRY_MS: Milliseconds = 900_000;
/** Room that a backup leaves on its disk, for the data and the log, beside a tenth of its size. */
const SPARE_BYTES = 16 * 1024 ** 2;
const SPARE_SHARE = 0.1;

export interface BackupDeps {
  tables: { leases: LeaseTable };
  audit: AuditTrail;
  clock: Clock;
  /** A clock that nobody sets. */
  monotonic: () => Milliseconds;
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
  /** A failure that could not be noted in the place, as on a full disk. */
  #unsaved: BackupFailure | null = null;
  /** When this process may make the next one by schedule, by the clock that nobody sets. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(deps: BackupDeps, options: BackupOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#lease = new Lease(deps, "backup", LEASE_MS);
  }

  /** Returns the backups and the schedule; a Failure: backupFailed when they cannot be read. */
  async state(): Promise<BackupState | Failure> {
    const { every, keep, advice } = this.#options;
    const { place } = this.#deps;
    if (place === null)
      return {
        ...{ backups: [], folder: null, every: null, keep, nextAt: null },
        ...{ runningSince: null, failure: null, advice },
      };
    return inPlace(async () => {
      const found = await Promise.all((await place.names()).map((name) => place.find(name)));
      return {
        backups: found.filter((backup) => backup !== null),
        folder: place.folder,
        ...{ every, keep, advice },
        nextAt: await this.#nextAt(place),
        runningSince: await place.runningSince(),
        failure: await this.#failure(place),
      };
    });
  }

  /**
   * Begins a backup.
   *
   * @param actor null for the schedule
   * @returns a Failure: backupElsewhere, backupRunning, backupFailed, storeFailed; `done` resolves
   *   to one: backupFailed
   */
  async begin(actor: Actor | null): Promise<BegunBackup | Failure> {
    const { place, clock } = this.#deps;
    if (place === null) return this.#elsewhere();
    if (this.#isStopped) return new Failure("backupFailed", { reason: "this process is ending" });
    if (this.#running !== null) return new Failure("backupRunning");
    const stop = new AbortController();
    const running = { stop, done: Promise.resolve() as Promise<unknown> };
    // Before the first await: the lease of this process does not keep its other calls out.
    this.#running = running;
    const taken = await this.#prepare(place);
    if (taken instanceof Failure) {
      this.#running = null;
      return taken;
    }
    const name = nextBackupName(taken, clock.now());
    const done = this.#make(place, name, actor, stop.signal);
    running.done = done;
    return { name, done };
  }

  /** Takes the lease, and returns the names of the backups that there are. */
  async #prepare(place: BackupPlace): Promise<string[] | Failure> {
    const isOurs = await this.#lease.tryRenew();
    if (isOurs instanceof Failure) return isOurs;
    if (!isOurs) return new Failure("backupRunning");
    const names = await inPlace(() => place.names());
    if (names instanceof Failure) await this.#lease.release();
    return names;
  }

  /** Makes a scheduled backup if one is due. Call it in one process at a time. */
  async makeDue(): Promise<void> {
    const { place, clock, monotonic } = this.#deps;
    const { every } = this.#options;
    if (place === null || every === null || monotonic() < this.#notBefore) return;
    const due = await inPlace(() => this.#nextAt(place));
    if (due instanceof Failure) return this.#noteOnce(place, due);
    if (due !== null && due > clock.now()) return;
    const begun = await this.begin(null);
    if (begun instanceof Failure) {
      if (begun.code !== "backupRunning") await this.#noteOnce(place, begun);
      return;
    }
    const made = await begun.done;
    // However often the clock is set, no more than two are made in the time of one.
    if (!(made instanceof Failure)) this.#notBefore = monotonic() + every / 2;
  }

  /** Removes a backup; a Failure: backupElsewhere, backupNotFound, backupFailed. */
  async remove(name: string, actor: Actor): Promise<Failure | undefined> {
    const { place, audit, log } = this.#deps;
    if (place === null) return this.#elsewhere();
    const removed = await inPlace(() => place.remove(name));
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
    const content = await inPlace(() => place.open(name));
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
      signal.throwIfAborted();
      const { usedBytes, sizeBytes } = await usage();
      const room = Math.ceil((usedBytes ?? sizeBytes ?? 0) * (1 + SPARE_SHARE)) + SPARE_BYTES;
      await this.#lease.during(place.make(name, room, signal));
      const backup = await place.find(name);
      if (backup === null) throw new Error(`${name} disappeared from ${place.folder}`);
      await this.#note(place, null);
      const { bytes } = backup;
      log.info({ name, bytes, durationMs: clock.now() - begunAt }, "backup made");
      if (actor !== null) await audit.record(actor, "backup.made", name);
      await this.#removeOld(place, name);
      return backup;
    } catch (error) {
      const reason = (error as Error).message;
      // The next process makes a backup that a reload ended.
      if (signal.aborted) log.info({ name }, "the backup was ended with its process");
      else await this.#noteFailure(place, reason);
      return new Failure("backupFailed", { reason });
    } finally {
      this.#running = null;
      await this.#lease.release();
    }
  }

  async #removeOld(place: BackupPlace, made: string): Promise<void> {
    const { log } = this.#deps;
    const names = await inPlace(() => place.names());
    if (names instanceof Failure) return;
    const others = names.filter((name) => name !== made);
    for (const name of others.slice(this.#options.keep - 1)) {
      const removed = await inPlace(() => place.remove(name));
      if (removed instanceof Failure)
        log.warn({ name, reason: removed.detail.reason }, "an old backup could not be removed");
      else log.info({ name }, "old backup removed");
    }
  }

  /** @returns null without a schedule */
  async #nextAt(place: BackupPlace): Promise<Milliseconds | null> {
    const { every } = this.#options;
    if (every === null) return null;
    const now = this.#deps.clock.now();
    const [latest] = await place.names();
    const last = latest === undefined ? null : (parseBackupName(latest)?.at ?? null);
    // One of the future was made under a wrong clock.
    const due = last === null || isAhead(last, now) ? now : last + every;
    return Math.max(now, due, await this.#retryAt(place));
  }

  /** When a schedule may try again after a failure; 0 without one. */
  async #retryAt(place: BackupPlace): Promise<Milliseconds> {
    const failure = await this.#failure(place);
    if (failure === null || isAhead(failure.at, this.#deps.clock.now())) return 0;
    return failure.at + Math.min(this.#options.every ?? RETRY_MS, RETRY_MS);
  }

  async #failure(place: BackupPlace): Promise<BackupFailure | null> {
    const unsaved = this.#unsaved;
    if (unsaved === null) return place.failure();
    const names = await inPlace(() => place.names());
    const [latest = ""] = names instanceof Failure ? [] : names;
    // Another process may have succeeded since.
    if ((parseBackupName(latest)?.at ?? 0) > unsaved.at) this.#unsaved = null;
    return this.#unsaved ?? place.failure();
  }

  async #noteFailure(place: BackupPlace, reason: string): Promise<void> {
    const { clock, log } = this.#deps;
    log.error({ reason }, "a backup failed");
    await this.#note(place, { at: clock.now(), reason });
  }

  async #note(place: BackupPlace, failure: BackupFailure | null): Promise<void> {
    const noted = await inPlace(() => place.noteFailure(failure));
    this.#unsaved = noted instanceof Failure ? failure : null;
  }

  /** Notes a failure of the schedule itself, which comes again at every look. */
  async #noteOnce(place: BackupPlace, { detail }: Failure): Promise<void> {
    const retryAt = await inPlace(() => this.#retryAt(place));
    if (retryAt instanceof Failure || retryAt <= this.#deps.clock.now())
      await this.#noteFailure(place, detail.reason ?? "the store refuses writes");
  }
}

/** Runs a call to the place of backups, whose errors are for administrators. */
async function inPlace<T>(run: () => Promise<T>): Promise<T | Failure> {
  try {
    return await run();
  } catch (error) {
    return new Failure("backupFailed", { reason: (error as Error).message });
  }
}
