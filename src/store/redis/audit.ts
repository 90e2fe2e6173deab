import { type AuditEntry, fromStoredEntry } from "../../core/access/audit.ts";
import type { AuditTable } from "../../core/access/audit-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { AUDIT, NUMBERS } from "./keys.ts";
import { readMembers } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const APPEND = new Script(`
local number = redis.call('HINCRBY', '${NUMBERS}', 'audit', 1)
redis.call('ZADD', '${AUDIT}', number, number .. ' ' .. ARGV[1])`);

export class RedisAudit implements AuditTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  append(entry: AuditEntry): Promise<void> {
    return this.#redis.run(() => this.#redis.script(APPEND, JSON.stringify(entry)));
  }

  list(page: PageRequest): Promise<Page<AuditEntry>> {
    return this.#redis.run(async () => {
      const before = page.cursor === undefined ? null : fromCursor(page.cursor, 0);
      if (before !== null && !Number.isSafeInteger(before)) throw foreignCursor();
      const from = before === null ? "+inf" : `(${before}`;
      const members = (await this.#redis.send(
        ...(["ZREVRANGEBYSCORE", AUDIT, from, "-inf", "LIMIT", 0, page.limit + 1] as const),
      )) as string[];
      return readMembers(
        members,
        page.limit,
        async (member) => fromStoredEntry(JSON.parse(member.slice(member.indexOf(" ") + 1))),
        (member) => Number.parseInt(member, 10),
      );
    });
  }
}
