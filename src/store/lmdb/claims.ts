import {
  type ClaimState,
  type ClaimTable,
  LONGEST_CLAIM,
} from "../../core/coordination/claim-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { CLAIM_CELLS, type Environment, FIRST_CLAIM_CELL } from "./environment.ts";

interface ClaimRecord {
  until: Milliseconds;
  /** null in a record of version 0.1.0, which kept running claims here. */
  done: { endedAt: Milliseconds; answer: Uint8Array } | null;
}

/** A running claim of this process. */
interface OwnClaim {
  cell: number;
  value: bigint;
}

type ExpiryKey = [until: Milliseconds, key: string];

const AFTER_KEYS = "\u{10ffff}";
const answerPlace = (key: string): string => `claims:${key}:answer`;

const FREE = 0n;
/** The bit of a running claim for which somebody waits. The others are the time of its end. */
const AWAITED = 1n;

/**
 * Running claims are in memory that the processes share, because a login cannot afford two more
 * transactions: each has a cell by its name's hash, which it holds alone. Another name of the same
 * cell waits, too, and then finds no answer. Only an answer for which somebody waits is written.
 */
export class LmdbClaims implements ClaimTable {
  readonly #env;
  readonly #sealer;
  readonly #probeWrite;
  readonly #answers;
  readonly #byExpiry;
  /** By key. */
  readonly #own = new Map<string, OwnClaim>();

  /** @param probeWrite makes a write as large as that of a login */
  constructor(env: Environment, sealer: Sealer, probeWrite: () => Promise<void>) {
    this.#env = env;
    this.#sealer = sealer;
    this.#probeWrite = probeWrite;
    this.#answers = env.table<ClaimRecord, string>("claims");
    this.#byExpiry = env.table<true, ExpiryKey>("claims-by-expiry");
  }

  async claim(name: string, now: Milliseconds, until: Milliseconds): Promise<ClaimState> {
    if (this.#env.isDoubtful()) {
      await this.#probeWrite();
      this.#env.endDoubt();
    }
    const hash = sha256(name);
    const key = hash.toString("hex");
    const cell = FIRST_CLAIM_CELL + (hash.readUInt32LE() % CLAIM_CELLS);
    const { cells } = this.#env;
    // Ends when no other process changes the cell between two lines.
    for (;;) {
      const known = cells.get(cell);
      // After the cell was read: its claim writes the answer before it frees the cell.
      const answer = this.#answerOf(key, now);
      if (answer !== null) return answer;
      if (isRunning(known, now)) {
        if (known & AWAITED || cells.replace(cell, known, known | AWAITED))
          return { state: "running" };
      } else {
        const value = BigInt(Math.round(until)) << 1n;
        if (cells.replace(cell, known, value)) {
          this.#own.set(key, { cell, value });
          return { state: "claimed" };
        }
      }
    }
  }

  async finish(
    name: string,
    answer: () => string,
    endedAt: Milliseconds,
    until: Milliseconds,
  ): Promise<void> {
    const key = keyOf(name);
    const own = this.#take(key);
    if (own === null || !this.#isAwaited(own)) return;
    const sealed = this.#sealer.seal(answer(), answerPlace(key));
    try {
      await this.#env.writeUnflushed(() =>
        this.#put(key, { until, done: { endedAt, answer: sealed } }),
      );
    } finally {
      this.#free(own);
    }
  }

  async abandon(name: string): Promise<void> {
    const own = this.#take(keyOf(name));
    if (own !== null && this.#isAwaited(own)) this.#free(own);
  }

  /** Returns the stored answer of a claim, unless it is due. */
  #answerOf(key: string, now: Milliseconds): ClaimState | null {
    return this.#env.read(() => {
      const known = this.#answers.get(key);
      if (known === undefined || known.done === null || !isCurrent(known.until, now)) return null;
      const { endedAt, answer } = known.done;
      return { state: "done", endedAt, answer: this.#sealer.open(answer, answerPlace(key)) };
    });
  }

  #take(key: string): OwnClaim | null {
    this.#env.requireOpen();
    const own = this.#own.get(key) ?? null;
    this.#own.delete(key);
    return own;
  }

  /** Frees the cell of a claim unless somebody waits for it; returns whether somebody does. */
  #isAwaited({ cell, value }: OwnClaim): boolean {
    const { cells } = this.#env;
    return !cells.replace(cell, value, FREE) && cells.get(cell) === (value | AWAITED);
  }

  #free({ cell, value }: OwnClaim): void {
    this.#env.cells.replace(cell, value | AWAITED, FREE);
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
    this.#answers.put(key, record);
    this.#byExpiry.put([record.until, key], true);
  }

  #remove(key: string): void {
    const record = this.#answers.get(key);
    if (record === undefined) return;
    this.#answers.remove(key);
    this.#byExpiry.remove([record.until, key]);
  }
}

/** Returns whether a stored end is ahead, and not by more than a right clock wrote. */
const isCurrent = (until: Milliseconds, now: Milliseconds): boolean =>
  until > now && !isAhead(until, now, LONGEST_CLAIM);

const isRunning = (value: bigint, now: Milliseconds): boolean =>
  isCurrent(Number(value >> 1n), now);

/** Names hold login codes. */
const keyOf = (name: string): string => sha256(name).toString("hex");
