import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { attempt } from "../attempt.ts";
import type { LeaseTable } from "../coordination/lease-table.ts";
import { Failure } from "../errors.ts";
import type { Clock, Log, Milliseconds, Random } from "../ports.ts";
import { type Backup, type BackupFailure, latestFirst, nextBackupName } from "./backup.ts";
import { BackupError, type BackupFolder } from "./backup-folder.ts";

/** One process of all workers makes a backup at a time. A dead one blocks the others so long. */
const LEASE = "backup";
const LEASE_MS: Milliseconds = 60_000;
const EXTEND_MS = LEASE_MS / 3;
/** A process that has nothing else to do waits no longer to end. */
const STEP_MS: Milliseconds = 1000;
/** The longest pause after a failure. */
const LONGEST_PAUSE: Milliseconds = 3_600_000;

export interface BackupSettings {
  /** The time between backups by schedule; null makes none. */
  every: Milliseconds | null;
  /** The number of backups that are kept. */
  keep: number;
  /** How to back up a store that waferd cannot copy, for people. */
  advice: string;
}

export interface BackupDeps {
  tables: { leases: LeaseTable };
  audit: AuditTrail;
  clock: Clock;
  monotonic: () => Milliseconds;
  random: Random;
  log: Log;
  /** null for a store that waferd cannot copy. */
  folder: BackupFolder | null;
  settings: BackupSettings;
}

/** The backups that there are, and those to come. */
export interface BackupOverview {
  /** The path of their folder. */
  folder: string;
  every: Milliseconds | null;
  keep: number;
  /** The latest first. */
  backups: Backup[];
  /** When the next one is due by schedule, now at the earliest; null without a schedule. */
  nextAt: Milliseconds | null;
  /** null when the latest attempt succeeded. */
  lastFailure: BackupFailure | null;
}

/** Makes, lists and removes backups of the store. */
export class BackupService {
  readonly #deps;
  /** A failure that could not be noted in the folder, as on a full disk. */
  #unsaved: BackupFailure | null = null;
  /** When this process may make the next one by schedule, on a clock that nobody sets. */
  #notBefore = Number.NEGATIVE_INFINITY;

  #isMaking = false;

  constructor(deps: BackupDeps) {
    this.#deps = deps;
  }

  /** Returns the backups and the schedule; a Failure: backupUnsupported, backupFailed. */
  async list(): Promise<BackupOverview | Failure> {
    const { folder } = this.#deps;
    return folder === null ? this.#unsupported() : attemptFiles(() => this.#overview(folder));
  }

  /**
   * Makes a backup, and removes the earliest ones beyond the number that is kept.
   *
   * @returns the backup; a Failure: backupUnsupported, backupRunning, backupFailed, storeFailed
   */
  async make(actor: Actor): Promise<Backup | Failure> {
    const { folder, audit } = this.#deps;
    if (folder === null) return this.#unsupported();
    const made = await this.#make(folder);
    if (!(made instanceof Failure)) await audit.record(actor, "backup.created", made.name);
    return made;
  }

  /**
   * Removes a backup.
   *
   * @returns null; a Failure: backupUnsupported, backupNotFound, backupFailed
   */
  async remove(name: string, actor: Actor): Promise<null | Failure> {
    const { folder, audit } = this.#deps;
    if (folder === null) return this.#unsupported();
    const removed = await attemptFiles(() => folder.remove(name));
    if (removed instanceof Failure) return removed;
    if (!removed) return new Failure("backupNotFound");
    await audit.record(actor, "backup.deleted", name);
    return null;
  }

  /**
   * Makes a backup if one is due by schedule. Failures are logged, and shown by `list`.
   *
   * @param now a time that can be trusted (see ClockWatch)
   */
  async makeDue(now: Milliseconds): Promise<void> {
    const { folder, settings, monotonic, log } = this.#deps;
    const { every } = settings;
    if (folder === null || every === null || monotonic() < this.#notBefore) return;
    const overview = await attemptFiles(() => this.#overview(folder, now));
    if (overview instanceof Failure) {
      log.error({ err: overview.detail.cause }, "the backups cannot be listed");
      this.#notBefore = monotonic() + pauseOf(every) / 2;
      return;
    }
    if (overview.nextAt === null || overview.nextAt > now) return;
    const made = await this.#make(folder);
    if (made instanceof Failure && made.code === "backupRunning") return;
    // However often the clock is set, no more than two are made in the time of one.
    this.#notBefore = monotonic() + (made instanceof Failure ? pauseOf(every) : every) / 2;
  }

  #unsupported(): Failure {
    return new Failure("backupUnsupported", { reason: this.#deps.settings.advice });
  }

  async #overview(
    folder: BackupFolder,
    now: Milliseconds = this.#deps.clock.now(),
  ): Promise<BackupOverview> {
    const { every, keep } = this.#deps.settings;
    const backups = latestFirst(await folder.list());
    const [latest] = backups;
    // Another process may have succeeded since.
    const isPast = latest !== undefined && latest.createdAt > (this.#unsaved?.at ?? 0);
    const lastFailure = (isPast ? null : this.#unsaved) ?? (await folder.failure());
    const nextAt = every === null ? null : dueAt({ backups, lastFailure, every, now });
    return { folder: folder.path, every, keep, backups, nextAt, lastFailure };
  }

  async #make(folder: BackupFolder): Promise<Backup | Failure> {
    // The lease of a process whose clock was set may run out.
    if (this.#isMaking) return new Failure("backupRunning");
    this.#isMaking = true;
    try {
      return await this.#makeAlone(folder);
    } finally {
      this.#isMaking = false;
    }
  }

  async #makeAlone(folder: BackupFolder): Promise<Backup | Failure> {
    const holder = this.#deps.random.hex(8);
    const isOurs = await this.#hold(holder);
    if (isOurs === false) return new Failure("backupRunning");
    if (isOurs instanceof Failure) return this.#failed(folder, isOurs);
    const working = { isDone: false };
    void this.#extend(holder, working);
    try {
      const made = await attemptFiles(() => this.#copy(folder));
      if (made instanceof Failure) return await this.#failed(folder, made);
      await this.#note(folder, null);
      this.#deps.log.info({ backup: made.name, sizeBytes: made.sizeBytes }, "backup made");
      await this.#removeOld(folder);
      return made;
    } finally {
      working.isDone = true;
      await attempt("storeFailed", () => this.#deps.tables.leases.release(LEASE, holder));
    }
  }

  #hold(holder: string): Promise<boolean | Failure> {
    const { tables, clock } = this.#deps;
    const now = clock.now();
    return attempt("storeFailed", () => tables.leases.acquire(LEASE, holder, now + LEASE_MS, now));
  }

  /** Extends the lease while the copy is written, which takes as long as the data is large. */
  async #extend(holder: string, working: { isDone: boolean }): Promise<void> {
    for (let waited = STEP_MS; ; waited += STEP_MS) {
      await this.#deps.clock.sleep(STEP_MS);
      if (working.isDone) return;
      if (waited % EXTEND_MS === 0) await this.#hold(holder);
    }
  }

  async #copy(folder: BackupFolder): Promise<Backup> {
    const createdAt = Math.floor(this.#deps.clock.now() / 1000) * 1000;
    const name = nextBackupName(await folder.list(), createdAt);
    return { name, createdAt, sizeBytes: await folder.make(name) };
  }

  async #removeOld(folder: BackupFolder): Promise<void> {
    const { log, settings } = this.#deps;
    const removed = await attemptFiles(async () => {
      for (const { name } of latestFirst(await folder.list()).slice(settings.keep))
        if (await folder.remove(name)) log.info({ backup: name }, "old backup removed");
    });
    if (removed instanceof Failure)
      log.warn({ err: removed.detail.cause }, "an old backup could not be removed");
  }

  async #failed(folder: BackupFolder, failure: Failure): Promise<Failure> {
    const { clock, log } = this.#deps;
    log.error({ err: failure.detail.cause }, "a backup could not be made");
    const reason = failure.detail.reason ?? "the store refused the write that begins a backup";
    await this.#note(folder, { at: clock.now(), reason });
    return failure;
  }

  async #note(folder: BackupFolder, failure: BackupFailure | null): Promise<void> {
    const noted = await attemptFiles(() => folder.noteFailure(failure));
    this.#unsaved = noted instanceof Failure ? failure : null;
  }
}

/** The pause after a failure. */
const pauseOf = (every: Milliseconds): Milliseconds => Math.min(every, LONGEST_PAUSE);

/** Returns when the next backup is due; times that are far ahead come from a wrong clock. */
function dueAt({
  backups: [latest],
  lastFailure,
  every,
  now,
}: {
  backups: readonly Backup[];
  lastFailure: BackupFailure | null;
  every: Milliseconds;
  now: Milliseconds;
}): Milliseconds {
  const after = (at: Milliseconds | undefined, wait: Milliseconds): Milliseconds =>
    at === undefined || at > now + wait ? now : at + wait;
  return Math.max(after(latest?.createdAt, every), after(lastFailure?.at, pauseOf(every)));
}

/** Runs a call to the folder, and turns its BackupError into a Failure. */
async function attemptFiles<T>(run: () => Promise<T>): Promise<T | Failure> {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof BackupError)) throw cause;
    return new Failure("backupFailed", { reason: cause.message, cause });
  }
}
