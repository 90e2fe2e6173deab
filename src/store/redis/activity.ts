import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { ActivityDay, ActivityEntry, ActivityTable } from "../../core/usage/activity-table.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { ACTIVITY_BY_EXPIRY, activityKey } from "./keys.ts";
import { readMembers } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const ADD = new Script(`
local key, day = ARGV[1], ARGV[2]
redis.call('HINCRBY', key, day .. ' logins', ARGV[3])
redis.call('HINCRBY', key, day .. ' verifications', ARGV[4])
redis.call('ZADD', '${ACTIVITY_BY_EXPIRY}', 'NX', ARGV[6], ARGV[5])`);

const SWEEP = new Script(`
local due = redis.call('ZRANGEBYSCORE', '${ACTIVITY_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(due) do
  local subject, day = string.match(member, '^(%Z*)%z(%Z*)$')
  redis.call('HDEL', 'waferd:activity:' .. subject, day .. ' logins', day .. ' verifications')
  redis.call('ZREM', '${ACTIVITY_BY_EXPIRY}', member)
end
return #due`);

export class RedisActivity implements ActivityTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  add({ subject, day, logins, verifications, expiresAt }: ActivityEntry): Promise<void> {
    const entry = [activityKey(subject), day, logins, verifications] as const;
    return this.#redis.run(() =>
      this.#redis.script(ADD, ...entry, `${subject}\0${day}`, expiresAt),
    );
  }

  list(subject: string, { cursor, limit }: PageRequest): Promise<Page<ActivityDay>> {
    return this.#redis.run(async () => {
      const [of, after] = cursor === undefined ? [subject, ""] : fromCursor(cursor, ["", ""]);
      if (of !== subject || after === undefined) throw foreignCursor();
      // A subject has at most 31 days.
      const counts = (await this.#redis.send("HGETALL", activityKey(subject))) as Record<
        string,
        string
      >;
      const days = new Set(Object.keys(counts).map((field) => field.split(" ")[0] ?? ""));
      const shown = [...days]
        .filter((day) => day > after)
        .sort()
        .slice(0, limit + 1);
      return readMembers(
        shown,
        limit,
        async (day) => ({
          day,
          logins: Number(counts[`${day} logins`] ?? 0),
          verifications: Number(counts[`${day} verifications`] ?? 0),
        }),
        (day) => [subject, day],
      );
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#redis.run(() => this.#redis.script(SWEEP, now, limit));
  }
}
