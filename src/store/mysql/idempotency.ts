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
import type { Database } from "./database.ts";
import { lock, slotOf } from "./locks.ts";

interface RequestRow {
  fingerprint: Uint8Array;
  until_at: number | string;
  /** null until the request is finished. */
  answer: Uint8Array | null;
}

const answerPlace = (name: string): string => `idempotency:${sha256(name).toString("hex")}:answer`;

/** Tells whether a row was written by a wrong clock. */
const isTooFar = ({ until_at, answer }: RequestRow, now: Milliseconds): boolean =>
  isAhead(Number(until_at), now, answer === null ? LONGEST_RUN : ANSWER_KEPT);

/** Clients choose keys of any length: the key of the table is their SHA-256. */
export class MySqlIdempotency implements IdempotencyTable {
  readonly #db;
  readonly #sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  async begin(
    name: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState> {
    const key = sha256(name);
    return this.#db.transaction(async (queries): Promise<IdempotencyState> => {
      const [, [known]] = await Promise.all([
        lock(queries, slotOf("idempotency", name)),
        queries.run<RequestRow>(
          "SELECT fingerprint, until_at, answer FROM waferd_idempotency WHERE name_hash = ?",
          [key],
        ),
      ]);
      if (known !== undefined && Number(known.until_at) > now && !isTooFar(known, now)) {
        if (!equalDigests(known.fingerprint, fingerprint)) return { state: "reused" };
        if (known.answer === null) return { state: "running" };
        return { state: "done", answer: this.#sealer.open(known.answer, answerPlace(name)) };
      }
      await queries.run(
        "REPLACE INTO waferd_idempotency (name_hash, fingerprint, until_at, answer) VALUES (?, ?, ?, NULL)",
        [key, fingerprint, until],
      );
      return { state: "begun" };
    });
  }

  async finish(name: string, answer: string, until: Milliseconds): Promise<void> {
    await this.#db.run(
      "UPDATE waferd_idempotency SET answer = ?, until_at = ? WHERE name_hash = ?",
      [this.#sealer.seal(answer, answerPlace(name)), until, sha256(name)],
    );
  }

  async abandon(name: string): Promise<void> {
    await this.#db.run("DELETE FROM waferd_idempotency WHERE name_hash = ?", [sha256(name)]);
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_idempotency WHERE until_at <= ? ORDER BY until_at LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}
