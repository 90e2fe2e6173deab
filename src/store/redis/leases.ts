import { type LeaseTable, LONGEST_LEASE } from "../../core/coordination/lease-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { leaseKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

/**
 * Expires the key by the clock of Redis, and compares with the clocks of the callers as well. ARGV:
 * key, holder, until, now, how far ahead a lease may end.
 */
const ACQUIRE = new Script(`
local key, holder, untilTime, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('HMGET', key, 'holder', 'until')
if known[1] and known[1] ~= holder then
  local left = tonumber(known[2]) - now
  if left > 0 and left <= tonumber(ARGV[5]) then return 0 end
end
redis.call('HSET', key, 'holder', holder, 'until', ARGV[3])
redis.call('PEXPIRE', key, math.max(1, untilTime - now))
return 1`);

const FARTHEST = LONGEST_LEASE + CLOCK_TOLERANCE;

const RELEASE = new Script(`
if redis.call('HGET', ARGV[1], 'holder') == ARGV[2] then redis.call('DEL', ARGV[1]) end`);

export class RedisLeases implements LeaseTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  acquire(name: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean> {
    return this.#redis.run(
      async () =>
        (await this.#redis.script(ACQUIRE, leaseKey(name), holder, until, now, FARTHEST)) === 1,
    );
  }

  release(name: string, holder: string): Promise<void> {
    return this.#redis.run(() => this.#redis.script(RELEASE, leaseKey(name), holder));
  }

  /** Removes nothing, because Redis expires leases itself. */
  sweep(): Promise<number> {
    return this.#redis.run(() => Promise.resolve(0));
  }
}
