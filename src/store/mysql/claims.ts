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

/** How often a claim begins again when another process removed the row between two statements. */
const ATTEMPTS = 3;

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
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      // Nearly always there is no row yet: one statement then. One that a broken connection repeats
      // may find its own row, and waits for it as for another's.
      const { affectedRows } = await this.#db.run(
        "INSERT IGNORE INTO waferd_claims (name_hash, until_at, ended_at, answer) VALUES (?, ?, NULL, NULL)",
        [key, until],
      );
      if (affectedRows > 0) return { state: "claimed" };
      const known = await this.#claimKnown(key, now, until);
      if (known === "claimed") return { state: "claimed" };
      if (known === null) continue;
      if (known.answer === null) return { state: "running" };
      return {
        state: "done",
        endedAt: Number(known.ended_at),
        answer: this.#sealer.open(known.answer, answerPlace(name)),
      };
    }
    // Others claim and remove it all the time: the caller asks again.
    return { state: "running" };
  }

  /** Replaces a claim that is due; otherwise returns its row, or null when that has gone. */
  #claimKnown(
    key: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<ClaimRow | "claimed" | null> {
    return this.#db.transaction(async (queries) => {
      const [known = null] = await queries.run<ClaimRow>(
        "SELECT until_at, ended_at, answer FROM waferd_claims WHERE name_hash = ? FOR UPDATE",
        [key],
      );
      const knownUntil = Number(known?.until_at);
      if (known === null || (knownUntil > now && !isAhead(knownUntil, now, LONGEST_CLAIM)))
        return known;
      await queries.run(
        "UPDATE waferd_claims SET until_at = ?, ended_at = NULL, answer = NULL WHERE name_hash = ?",
        [until, key],
      );
      return "claimed";
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
