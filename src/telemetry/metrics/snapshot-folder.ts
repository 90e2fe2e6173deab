import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { countersOf, mergeSnapshots, type Snapshot } from "./snapshot.ts";

/** A process writes so often. */
export const WRITE_INTERVAL_MS = 2000;
/** A process that has not written for so long is gone. */
export const GONE_AFTER_MS = 15_000;

const FILE = /^\d+-[0-9a-f]+\.json$/;

/** The figures of the process itself. */
interface Own {
  snapshot(): Promise<Snapshot>;
  /** Begins all counters anew: another process has taken over what was counted so far. */
  reset(): void;
}

/**
 * Where the processes of a data folder meet to sum their figures: each keeps a file there, so that whichever is asked can
 * answer for all, and nobody has to be connected to anybody.
 *
 * Counters must not shrink when a process ends: Prometheus would take that for a restart, and see a burst of requests
 * that never came. So the next one that is asked adopts the counters of one that is gone, by renaming its file, which
 * only one can do.
 */
export class SnapshotFolder {
  readonly #folder;
  readonly #own;
  readonly #file;
  #adopted: Snapshot = [];
  #written = false;
  /** One after the other: writing and adopting share files. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, own: Own) {
    this.#folder = folder;
    this.#own = own;
    this.#file = join(folder, `${process.pid}-${randomBytes(4).toString("hex")}.json`);
  }

  /** Opens the folder. The first process of a service drops what earlier ones left: its counters begin at 0. */
  static async open(folder: string, own: Own): Promise<SnapshotFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const opened = new SnapshotFolder(folder, own);
    if ((await opened.#others()).every(({ isGone }) => isGone))
      for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    await opened.write();
    return opened;
  }

  /** Writes this process' figures for the others. */
  async write(): Promise<void> {
    await this.#inTurn(() => this.#write());
  }

  /**
   * The figures of all processes together. What is told now, no later answer of any process falls behind, unless it could
   * not be written.
   */
  sum(): Promise<Snapshot> {
    return this.#inTurn(async () => {
      const others: Snapshot[] = [];
      for (const { path, isGone } of await this.#others()) {
        const snapshot = isGone ? await this.#adopt(path) : await read(path);
        if (snapshot !== null) others.push(snapshot);
      }
      // On a full disk above all, the figures are wanted.
      const own = await this.#write().catch(() => this.#current());
      return mergeSnapshots([own, ...others]);
    });
  }

  /** Leaves what was counted for the others; removes it when there are none. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const others = await this.#others();
      if (others.every(({ isGone }) => isGone)) await rm(this.#file, { force: true });
      else await this.#put(countersOf(await this.#current()));
    });
  }

  async #write(): Promise<Snapshot> {
    if (this.#written && !(await exists(this.#file))) {
      // This process was held up for so long that another took it for gone.
      this.#own.reset();
      this.#adopted = [];
    }
    const snapshot = await this.#current();
    await this.#put(snapshot);
    return snapshot;
  }

  async #current(): Promise<Snapshot> {
    const own = await this.#own.snapshot();
    return this.#adopted.length === 0 ? own : mergeSnapshots([own, this.#adopted]);
  }

  async #put(snapshot: Snapshot): Promise<void> {
    // Nobody shall read half a file.
    const draft = `${this.#file}.draft`;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(snapshot), { mode: 0o600 });
    await rename(draft, this.#file);
    this.#written = true;
  }

  /** @returns null: what was adopted is this process' own from now on */
  async #adopt(path: string): Promise<null> {
    const claimed = `${this.#file}.adopted`;
    try {
      await rename(path, claimed);
    } catch {
      // Another process was quicker.
      return null;
    }
    const snapshot = await read(claimed);
    if (snapshot !== null)
      this.#adopted = await mergeSnapshots([this.#adopted, countersOf(snapshot)]);
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
    const turn = this.#last.then(run, run);
    this.#last = turn;
    return turn as Promise<T>;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** @returns null when there is no such file any more, or it holds no snapshot */
async function read(path: string): Promise<Snapshot | null> {
  try {
    const snapshot: unknown = JSON.parse(await readFile(path, "utf8"));
    return Array.isArray(snapshot) ? (snapshot as Snapshot) : null;
  } catch {
    return null;
  }
}
