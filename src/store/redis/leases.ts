import type { LeaseTable } from "../../core/coordination/lease-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { leaseKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

/** Expires the key by the clock of Redis, and compares with the clocks of the callers as well. */
const ACQUIRE = new Script(`
local key, holder, untilTime, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('HMGET', key, 'holder', 'until')
if known[1] and known[1] ~= holder and tonumber(known[2]) > now then return 0 end
redis.call('HSET', key, 'holder', holder, 'until', ARGV[3])
redis.call('PEXPIRE', key, math.max(1, untilTime - now))
return 1`);

const RELEASE = new Script(`
if redis.call('HGET', ARGV[1], 'holder') == ARGV[2] then redis.call('DEL', ARGV[1]) end`);

export class RedisLeases implements LeaseTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  acquire(name: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean> {
    return this.#redis.run(
      async () => (await this.#redis.script(ACQUIRE, leaseKey(name), holder, until, now)) === 1,
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
