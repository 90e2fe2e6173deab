import type { Log, Milliseconds } from "../ports.ts";
import type { LimitName } from "./limit-names.ts";

/** Each line stands for the refusals of so long. */
const WINDOW: Milliseconds = 60_000;
/** The most subjects with lines of their own; further ones share a line. */
const MOST_SUBJECTS = 1000;

/** The client, the app or the key that was refused, as a field of the log. */
export type RefusedSubject = { address: string } | { appid: string } | { key: string };

interface Entry {
  fields: object;
  /** Refusals that no line has told. */
  count: number;
  /** When its last line was written. */
  toldAt: Milliseconds;
}

/**
 * Logs refusals: the first of a subject at once, later ones once a minute with their number. The
 * requests themselves are not logged, or a flood would fill the disk.
 */
export class RefusalLog {
  readonly #entries = new Map<string, Entry>();
  readonly #log;
  readonly #now;

  constructor({ log, now }: { log: Log; now: () => Milliseconds }) {
    this.#log = log;
    this.#now = now;
  }

  note(limit: LimitName, subject: RefusedSubject): void {
    const key = `${limit} ${Object.values(subject)[0]}`;
    const entry =
      this.#entries.get(key) ??
      (this.#entries.size < MOST_SUBJECTS
        ? this.#begin(key, { limit, ...subject })
        : this.#others(limit));
    entry.count += 1;
    if (this.#now() - entry.toldAt >= WINDOW) this.#tell(entry);
  }

  /** Logs what is due. To be called every few seconds. */
  report(): void {
    const now = this.#now();
    for (const [key, entry] of this.#entries) {
      if (now - entry.toldAt < WINDOW) continue;
      if (entry.count === 0) this.#entries.delete(key);
      else this.#tell(entry);
    }
  }

  #others(limit: LimitName): Entry {
    const key = `${limit} others`;
    return this.#entries.get(key) ?? this.#begin(key, { limit, address: "others" });
  }

  #begin(key: string, fields: object): Entry {
    const entry = { fields, count: 0, toldAt: Number.NEGATIVE_INFINITY };
    this.#entries.set(key, entry);
    return entry;
  }

  #tell(entry: Entry): void {
    this.#log.warn({ ...entry.fields, count: entry.count }, "refused: too often");
    entry.count = 0;
    entry.toldAt = this.#now();
  }
}
