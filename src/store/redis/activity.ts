import type { Milliseconds } from "../../core/ports.ts";
import type {
  ActivityBucket,
  ActivityEntry,
  ActivityTable,
} from "../../core/usage/activity-table.ts";
import type { BucketWidth } from "../../core/usage/buckets.ts";
import { bucketName } from "../bucket-name.ts";
import {
  ACTIVITY_BUCKETS_BY_EXPIRY,
  ACTIVITY_BY_EXPIRY,
  activityBucketKey,
  activityKey,
} from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script, toFlat } from "./script.ts";

/** ARGV: for each entry its subject, bucket, when it is due, how many counts, names and counts. */
const ADD = new Script(`
local at = 1
while at <= #ARGV do
  local member, due, counts = ARGV[at] .. ' ' .. ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  for _ = 1, counts do
    redis.call('HINCRBY', 'waferd:activity-bucket:' .. member, ARGV[at], ARGV[at + 1])
    at = at + 2
  end
  redis.call('ZADD', '${ACTIVITY_BUCKETS_BY_EXPIRY}', 'NX', due, member)
end`);

/** Removes due buckets, and then days in the hashes of earlier versions. */
const SWEEP = new Script(`
local due = redis.call('ZRANGEBYSCORE', '${ACTIVITY_BUCKETS_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, member in ipairs(due) do
  redis.call('DEL', 'waferd:activity-bucket:' .. member)
  redis.call('ZREM', '${ACTIVITY_BUCKETS_BY_EXPIRY}', member)
end
local days = redis.call('ZRANGEBYSCORE', '${ACTIVITY_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2] - #due)
for _, member in ipairs(days) do
  local subject, day = string.match(member, '^(%Z*)%z(%Z*)$')
  redis.call('HDEL', 'waferd:activity:' .. subject, day .. ' logins', day .. ' verifications')
  redis.call('ZREM', '${ACTIVITY_BY_EXPIRY}', member)
end
return #due + #days`);

export class RedisActivity implements ActivityTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  add(entries: readonly ActivityEntry[]): Promise<void> {
    const flat = entries.flatMap(({ subject, width, window, counts, expiresAt }) => [
      ...[subject, bucketName(width, window), expiresAt, Object.keys(counts).length],
      ...toFlat(counts),
    ]);
    return this.#redis.run(() => this.#redis.script(ADD, ...flat));
  }

  list(subject: string, width: BucketWidth, windows: readonly string[]): Promise<ActivityBucket[]> {
    return this.#redis.run(async () => {
      const early = width === "day" ? await this.#earlyDays(subject, windows) : null;
      const buckets = await Promise.all(
        windows.map(async (window) => {
          const key = activityBucketKey(subject, bucketName(width, window));
          const hash = (await this.#redis.send("HGETALL", key)) as Record<string, string>;
          const counts = new Map(early?.get(window));
          for (const [name, amount] of Object.entries(hash))
            counts.set(name, (counts.get(name) ?? 0) + Number(amount));
          return { window, counts: Object.fromEntries(counts) };
        }),
      );
      return buckets.filter(({ counts }) => Object.keys(counts).length > 0);
    });
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#redis.run(() => this.#redis.script(SWEEP, now, limit));
  }

  /** Returns the days that earlier versions counted, in one hash for each subject. */
  async #earlyDays(
    subject: string,
    windows: readonly string[],
  ): Promise<Map<string, Map<string, number>>> {
    const hash = (await this.#redis.send("HGETALL", activityKey(subject))) as Record<
      string,
      string
    >;
    const days = new Map<string, Map<string, number>>();
    for (const [field, amount] of Object.entries(hash)) {
      const [day = "", name = ""] = field.split(" ");
      if (Number(amount) === 0 || !windows.includes(day)) continue;
      days.set(day, (days.get(day) ?? new Map<string, number>()).set(name, Number(amount)));
    }
    return days;
  }
}
