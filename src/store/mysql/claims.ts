import {
  type ClaimState,
  type ClaimTable,
  LONGEST_CLAIM,
} from "../../core/coordination/claim-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Database } from "./database.ts";
import { lock, slotOf } from "./locks.ts";

interface ClaimRow {
  until_at: number | string;
  /** null, like the answer, until the claim is finished. */
  ended_at: number | string | null;
  answer: Uint8Array | null;
}

const answerPlace = (name: string): string => `claims:${sha256(name).toString("hex")}:answer`;

/** Names hold login codes: the key is their SHA-256. */
export class MySqlClaims implements ClaimTable {
  readonly #db;
  readonly #sealer;

  constructor(db: Database, sealer: Sealer) {
    this.#db = db;
    this.#sealer = sealer;
  }

  async claim(name: string, now: Milliseconds, until: Milliseconds): Promise<ClaimState> {
    const key = sha256(name);
    return this.#db.transaction(async (queries): Promise<ClaimState> => {
      const [, [known]] = await Promise.all([
        lock(queries, slotOf("claims", name)),
        queries.run<ClaimRow>(
          "SELECT until_at, ended_at, answer FROM waferd_claims WHERE name_hash = ?",
          [key],
        ),
      ]);
      const knownUntil = Number(known?.until_at ?? 0);
      if (known === undefined || knownUntil <= now || isAhead(knownUntil, now, LONGEST_CLAIM)) {
        await queries.run(
          "REPLACE INTO waferd_claims (name_hash, until_at, ended_at, answer) VALUES (?, ?, NULL, NULL)",
          [key, until],
        );
        return { state: "claimed" };
      }
      if (known.answer === null) return { state: "running" };
      return {
        state: "done",
        endedAt: Number(known.ended_at),
        answer: this.#sealer.open(known.answer, answerPlace(name)),
      };
    });
  }

  async finish(
    name: string,
    answer: () => string,
    endedAt: Milliseconds,
    until: Milliseconds,
  ): Promise<void> {
    await this.#db.run(
      "UPDATE waferd_claims SET answer = ?, ended_at = ?, until_at = ? WHERE name_hash = ?",
      [this.#sealer.seal(answer(), answerPlace(name)), endedAt, until, sha256(name)],
    );
  }

  async abandon(name: string): Promise<void> {
    await this.#db.run("DELETE FROM waferd_claims WHERE name_hash = ?", [sha256(name)]);
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_claims WHERE until_at <= ? ORDER BY until_at LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}
