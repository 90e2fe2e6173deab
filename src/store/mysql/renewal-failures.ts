import type { RenewalFailure } from "../../core/credentials/renewal-failure.ts";
import type { RenewalFailureTable } from "../../core/credentials/renewal-failure-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { fromCursor } from "../cursor.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface FailureRow {
  name: string;
  failure: string;
}

export class MySqlRenewalFailures implements RenewalFailureTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async put({ key, ...failure }: RenewalFailure): Promise<void> {
    await this.#db.run("REPLACE INTO waferd_renewal_failures (name, failure) VALUES (?, ?)", [
      key,
      JSON.stringify(failure),
    ]);
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<RenewalFailure>> {
    const after = cursor === undefined ? "" : fromCursor(cursor, "");
    return this.#db.read(
      "SELECT name, failure FROM waferd_renewal_failures WHERE name > ? ORDER BY name LIMIT ?",
      [after, limit + 1],
      (rows: FailureRow[]) => toPage(rows, limit, ({ name }) => name, toFailure),
    );
  }
}

const toFailure = ({ name, failure }: FailureRow): RenewalFailure => ({
  key: name,
  ...(JSON.parse(failure) as Omit<RenewalFailure, "key">),
});
