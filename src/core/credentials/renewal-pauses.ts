import type { Failure } from "../errors.ts";
import type { Milliseconds } from "../ports.ts";
import type { CredentialSource } from "./credential-source.ts";

/** Pause after a first failure; each further failure doubles it. */
const FIRST_PAUSE: Milliseconds = 1000;
const LONGEST_PAUSE: Milliseconds = 60_000;

/** A time in which a key is not renewed. */
export interface RenewalPause {
  since: Milliseconds;
  /** The owner's, when the pause began. */
  ownerUpdatedAt: Milliseconds;
  until: Milliseconds;
  failures: number;
  /** The outcome for callers meanwhile; null when only background renewals have to wait. */
  failure: Failure | null;
}

/** The pauses between renewals in this process, so that WeChat is not asked in vain. */
export class RenewalPauses {
  readonly #pauses = new Map<string, RenewalPause>();

  /** Returns the pause of a source, or null; a change of its owner ends one. */
  of({ key, ownerUpdatedAt }: CredentialSource, now: Milliseconds): RenewalPause | null {
    const pause = this.#pauses.get(key);
    if (pause === undefined || pause.ownerUpdatedAt !== ownerUpdatedAt) return null;
    // A pause that begins later is left over from before the clock was set back.
    return pause.since <= now && now < pause.until ? pause : null;
  }

  /** Begins and returns the pause after a failure. */
  afterFailure(source: CredentialSource, failure: Failure, now: Milliseconds): RenewalPause {
    const { key, ownerUpdatedAt } = source;
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1;
    const length = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
    const pause = { since: now, until: now + length, ownerUpdatedAt, failures, failure };
    this.#pauses.set(key, pause);
    return pause;
  }

  /** Keeps background renewals of a key waiting; callers are served as before. */
  inBackground(source: CredentialSource, now: Milliseconds, length: Milliseconds): void {
    const { key, ownerUpdatedAt } = source;
    const until = now + length;
    this.#pauses.set(key, { since: now, until, ownerUpdatedAt, failures: 0, failure: null });
  }

  end(key: string): void {
    this.#pauses.delete(key);
  }
}
