import { join } from "node:path";
import type {
  EndedStoreCheck,
  StoreCheckNotes,
  StoreCheckState,
} from "../core/store-checks/store-check.ts";
import { isAlive, readNote, writeNote } from "./notes.ts";

/** A check that began earlier is of a process whose number another one has now. */
const LONGEST_CHECK_MS = 2 * 3600 * 1000;

interface Note {
  running: { pid: number; at: number } | null;
  last: EndedStoreCheck | null;
}

/** Notes the checks of the store in a file of the data folder, which its workers share. */
export class StoreCheckFile implements StoreCheckNotes {
  readonly #file;

  constructor(dataDir: string) {
    this.#file = join(dataDir, "store-check.json");
  }

  async read(): Promise<StoreCheckState> {
    const { running, last } = await this.#note();
    const isRunning =
      running !== null &&
      isAlive(running.pid) &&
      Math.abs(Date.now() - running.at) < LONGEST_CHECK_MS;
    return { runningSince: isRunning ? running.at : null, last };
  }

  async begin(at: number): Promise<void> {
    const { last } = await this.#note();
    await writeNote(this.#file, { running: { pid: process.pid, at }, last } satisfies Note);
  }

  end(last: EndedStoreCheck): Promise<void> {
    return writeNote(this.#file, { running: null, last } satisfies Note);
  }

  /** Only this server writes the file, so that its members are as they were written. */
  async #note(): Promise<Note> {
    const { running = null, last = null } = ((await readNote(this.#file)) ?? {}) as Partial<Note>;
    return { running, last };
  }
}
