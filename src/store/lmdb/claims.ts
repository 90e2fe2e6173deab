import {
  type ClaimState,
  type ClaimTable,
  LONGEST_CLAIM,
} from "../../core/coordination/claim-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Environment } from "./environment.ts";

interface ClaimRecord {
  until: Milliseconds;
  /** null until the claim is finished. */
  done: { endedAt: Milliseconds; answer: Uint8Array } | null;
}

type ExpiryKey = [until: Milliseconds, key: string];

const AFTER_KEYS = "\u{10ffff}";
const answerPlace = (key: string): string => `claims:${key}:answer`;

/** Not flushed: a power cut also ends the processes and connections that a claim is for. */
export class LmdbClaims implements ClaimTable {
  readonly #env;
  readonly #sealer;
  readonly #claims;
  readonly #byExpiry;

  constructor(env: Environment, sealer: Sealer) {
    this.#env = env;
    this.#sealer = sealer;
    this.#claims = env.table<ClaimRecord, string>("claims");
    this.#byExpiry = env.table<true, ExpiryKey>("claims-by-expiry");
  }

  claim(name: string, now: Milliseconds, until: Milliseconds): Promise<ClaimState> {
    const key = keyOf(name);
    return this.#env.writeUnflushed((): ClaimState => {
      const known = this.#claims.get(key);
      if (known === undefined || known.until <= now || isAhead(known.until, now, LONGEST_CLAIM)) {
        this.#put(key, { until, done: null });
        return { state: "claimed" };
      }
      if (known.done === null) return { state: "running" };
      const { endedAt, answer } = known.done;
      return { state: "done", endedAt, answer: this.#sealer.open(answer, answerPlace(key)) };
    });
  }

  finish(name: string, answer: string, endedAt: Milliseconds, until: Milliseconds): Promise<void> {
    const key = keyOf(name);
    const sealed = this.#sealer.seal(answer, answerPlace(key));
    return this.#env.writeUnflushed(() => {
      if (this.#claims.get(key) !== undefined)
        this.#put(key, { until, done: { endedAt, answer: sealed } });
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

  #put(key: string, record: ClaimRecord): void {
    this.#remove(key);
    this.#claims.put(key, record);
    this.#byExpiry.put([record.until, key], true);
  }

  #remove(key: string): void {
    const record = this.#claims.get(key);
    if (record === undefined) return;
    this.#claims.remove(key);
    this.#byExpiry.remove([record.until, key]);
  }
}

/** Names hold login codes. */
const keyOf = (name: string): string => sha256(name).toString("hex");
