import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { CallCount, CallCountEntry } from "../../core/usage/call-count.ts";
import type { CallCountTable } from "../../core/usage/call-count-table.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { CALL_COUNTS_BY_EXPIRY, callCountsKey } from "./keys.ts";
import { readMembers } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const NUL = "\0";

const ADD = new Script(`
local count = redis.call('HINCRBY', ARGV[1], ARGV[2], ARGV[3])
if count == tonumber(ARGV[3]) then redis.call('ZADD', '${CALL_COUNTS_BY_EXPIRY}', ARGV[5], ARGV[4]) end
return count`);

const SWEEP = new Script(`
local due = redis.call('ZRANGEBYSCORE', '${CALL_COUNTS_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(due) do
  local cut = string.find(member, '%z')
  redis.call('HDEL', 'waferd:call-counts:' .. string.sub(member, 1, cut - 1), string.sub(member, cut + 1))
  redis.call('ZREM', '${CALL_COUNTS_BY_EXPIRY}', member)
end
return #due`);

export class RedisCallCounts implements CallCountTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  add({ subject, window, endpoint, expiresAt }: CallCountEntry, amount = 1): Promise<number> {
    const field = `${window}${NUL}${endpoint}`;
    const place = [callCountsKey(subject), field, amount, `${subject}${NUL}${field}`, expiresAt];
    return this.#redis.run(() => this.#redis.script(ADD, ...place));
  }

  list(subject: string, page: PageRequest): Promise<Page<CallCount>> {
    return this.#redis.run(async () => {
      const [of, after] =
        page.cursor === undefined ? [subject, ""] : fromCursor(page.cursor, ["", ""]);
      if (of !== subject || after === undefined) throw foreignCursor();
      // A subject has a few endpoints on each of at most 31 days.
      const counts = (await this.#redis.send("HGETALL", callCountsKey(subject))) as Record<
        string,
        string
      >;
      const fields = Object.keys(counts)
        .filter((field) => field > after)
        .sort()
        .slice(0, page.limit + 1);
      return readMembers(
        fields,
        page.limit,
        async (field): Promise<CallCount> => {
          const [window = "", endpoint = ""] = field.split(NUL);
          return { subject, window, endpoint, count: Number(counts[field]) };
        },
        (field) => [subject, field],
      );
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#redis.run(() => this.#redis.script(SWEEP, now, limit));
  }
}
