import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Turns } from "../../core/coordination/turns.ts";
import { countersOf, mergeSnapshots, type Snapshot } from "./snapshot.ts";

/** How often a process writes its figures. */
export const WRITE_INTERVAL_MS = 2000;
/** A process that has not written for this long is gone. */
export const GONE_AFTER_MS = 15_000;

const FILE = /^\d+-[0-9a-f]+\.json$/;

/** The figures of this process. */
interface Own {
  snapshot(): Promise<Snapshot>;
  /** Sets all counters to 0: another process has inherited the counts so far. */
  reset(): void;
}

/**
 * The folder where the processes of a data folder sum their figures. Each process keeps a file
 * there, so that any of them can answer for all without a connection between them.
 *
 * Counters must not decrease when a process ends: Prometheus would see a restart, and a burst of
 * requests that never came. So the next process that is scraped inherits the counters of one that
 * is gone, by renaming its file, in which only one process can succeed.
 */
export class SnapshotFolder {
  readonly #folder;
  readonly #own;
  readonly #file;
  #inherited: Snapshot = [];
  #written = false;
  /** Writing and inheriting share files, and run one after another. */
  readonly #turns = new Turns();

  private constructor(folder: string, own: Own) {
    this.#folder = folder;
    this.#own = own;
    this.#file = join(folder, `${process.pid}-${randomBytes(4).toString("hex")}.json`);
  }

  /**
   * Opens the folder. The first process of a server removes the files of earlier ones, so that its
   * counters begin at 0.
   */
  static async open(folder: string, own: Own): Promise<SnapshotFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const opened = new SnapshotFolder(folder, own);
    if ((await opened.#others()).every(({ isGone }) => isGone))
      for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    await opened.write();
    return opened;
  }

  /** Writes the figures of this process for the others. */
  async write(): Promise<void> {
    await this.#inTurn(() => this.#write());
  }

  /**
   * Returns the sum of the figures of all processes. Counters never decrease between scrapes of any
   * of them, unless the file of this process cannot be written.
   */
  sum(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const others: Snapshot[] = [];
      for (const { path, isGone } of await this.#others()) {
        const snapshot = isGone ? await this.#inherit(path) : await read(path);
        if (snapshot !== null) others.push(snapshot);
      }
      // The figures are needed on a full disk most of all.
      const own = await this.#write().catch(() => this.#current());
      return mergeSnapshots([own, ...others]);
    });
  }

  /** Leaves the counters to the other processes; removes them when there are none. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const others = await this.#others();
      if (others.every(({ isGone }) => isGone)) await rm(this.#file, { force: true });
      else await this.#put(countersOf(await this.#current()));
    });
  }

  async #write(): Promise<Snapshot> {
    if (this.#written && !(await exists(this.#file))) {
      // This process paused for so long that another one inherited its counters.
      this.#own.reset();
      this.#inherited = [];
    }
    const snapshot = await this.#current();
    await this.#put(snapshot);
    return snapshot;
  }

  async #current(): Promise<Snapshot> {
    const own = await this.#own.snapshot();
    return this.#inherited.length === 0 ? own : mergeSnapshots([own, this.#inherited]);
  }

  async #put(snapshot: Snapshot): Promise<void> {
    // Renaming keeps other processes from reading half a file.
    const draft = `${this.#file}.draft`;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(snapshot), { mode: 0o600 });
    await rename(draft, this.#file);
    this.#written = true;
  }

  /** @returns null: the inherited counters are part of this process from now on */
  async #inherit(path: string): Promise<null> {
    const claimed = `${this.#file}.inherited`;
    try {
      await rename(path, claimed);
    } catch {
      // Another process inherited it first.
      return null;
    }
    const snapshot = await read(claimed);
    if (snapshot !== null)
      this.#inherited = await mergeSnapshots([this.#inherited, countersOf(snapshot)]);
    await rm(claimed, { force: true });
    return null;
  }

  async #others(): Promise<{ path: string; isGone: boolean }[]> {
    const others: { path: string; isGone: boolean }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      if (!FILE.test(name) || path === this.#file) continue;
      const writtenAt = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => null,
      );
      if (writtenAt !== null) others.push({ path, isGone: Date.now() - writtenAt > GONE_AFTER_MS });
    }
    return others;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    return this.#turns.take("files", run);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** @returns null when the file is gone, or does not hold a snapshot */
async function read(path: string): Promise<Snapshot | null> {
  try {
    const snapshot: unknown = JSON.parse(await readFile(path, "utf8"));
    return Array.isArray(snapshot) ? (snapshot as Snapshot) : null;
  } catch {
    return null;
  }
}
