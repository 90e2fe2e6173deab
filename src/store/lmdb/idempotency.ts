import {
  ANSWER_KEPT,
  type IdempotencyState,
  type IdempotencyTable,
  LONGEST_RUN,
} from "../../core/coordination/idempotency-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import { equalDigests, sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Environment } from "./environment.ts";

interface IdempotencyRecord {
  fingerprint: Uint8Array;
  until: Milliseconds;
  /** null until the request is finished. */
  answer: Uint8Array | null;
}

type ExpiryKey = [until: Milliseconds, key: string];

const AFTER_KEYS = "\u{10ffff}";
const answerPlace = (key: string): string => `idempotency:${key}:answer`;

/** Not flushed: the changes of the request itself are, and a power cut also ends its connection. */
export class LmdbIdempotency implements IdempotencyTable {
  readonly #env;
  readonly #sealer;
  readonly #requests;
  readonly #byExpiry;

  constructor(env: Environment, sealer: Sealer) {
    this.#env = env;
    this.#sealer = sealer;
    this.#requests = env.table<IdempotencyRecord, string>("idempotency");
    this.#byExpiry = env.table<true, ExpiryKey>("idempotency-by-expiry");
  }

  begin(
    name: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState> {
    const key = keyOf(name);
    return this.#env.writeUnflushed((): IdempotencyState => {
      const known = this.#requests.get(key);
      if (known !== undefined && known.until > now && !isTooFar(known, now)) {
        if (!equalDigests(known.fingerprint, fingerprint)) return { state: "reused" };
        if (known.answer === null) return { state: "running" };
        return { state: "done", answer: this.#sealer.open(known.answer, answerPlace(key)) };
      }
      this.#put(key, { fingerprint, until, answer: null });
      return { state: "begun" };
    });
  }

  finish(name: string, answer: string, until: Milliseconds): Promise<void> {
    const key = keyOf(name);
    const sealed = this.#sealer.seal(answer, answerPlace(key));
    return this.#env.writeUnflushed(() => {
      const begun = this.#requests.get(key);
      if (begun !== undefined) this.#put(key, { ...begun, until, answer: sealed });
    });
  }

  abandon(name: string): Promise<void> {
    const key = keyOf(name);
    return this.#env.writeUnflushed(() => this.#remove(key));
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_KEYS], limit })];
      for (const [, key] of due) this.#remove(key);
      return due.length;
    });
  }

  #put(key: string, record: IdempotencyRecord): void {
    this.#remove(key);
    this.#requests.put(key, record);
    this.#byExpiry.put([record.until, key], true);
  }

  #remove(key: string): void {
    const record = this.#requests.get(key);
    if (record === undefined) return;
    this.#requests.remove(key);
    this.#byExpiry.remove([record.until, key]);
  }
}

/** Tells whether a record was written by a wrong clock. */
const isTooFar = ({ until, answer }: IdempotencyRecord, now: Milliseconds): boolean =>
  isAhead(until, now, answer === null ? LONGEST_RUN : ANSWER_KEPT);

/** Clients choose keys of any length. */
const keyOf = (name: string): string => sha256(name).toString("hex");
