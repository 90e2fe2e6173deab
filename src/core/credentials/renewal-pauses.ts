import type { Failure } from "../errors.ts";
import type { Milliseconds } from "../ports.ts";
import type { CredentialSource } from "./credential-source.ts";

/** Pause after a first failure; each further failure doubles it. */
const FIRST_PAUSE: Milliseconds = 1000;
const LONGEST_PAUSE: Milliseconds = 60_000;

/** A time in which a key is not renewed. */
export interface RenewalPause {
  since: Milliseconds;
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
    return pause !== undefined && now < pause.until && ownerUpdatedAt <= pause.since ? pause : null;
  }

  afterFailure(key: string, failure: Failure, now: Milliseconds): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1;
    const length = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
    this.#pauses.set(key, { since: now, until: now + length, failures, failure });
  }

  /** Keeps background renewals of a key waiting; callers are served as before. */
  inBackground(key: string, now: Milliseconds, length: Milliseconds): void {
    this.#pauses.set(key, { since: now, until: now + length, failures: 0, failure: null });
  }

  end(key: string): void {
    this.#pauses.delete(key);
  }
}
