import type { Credential } from "../../core/credentials/credential.ts";
import type { CredentialTable } from "../../core/credentials/credential-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { CREDENTIALS, credentialKey, leaseKey } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script, toFlat } from "./script.ts";

/** A Lua function that removes the credentials whose keys begin so, for scripts of whoever owns them. */
export const REMOVE_BY_PREFIX = `
local function removeByPrefix(list, prefix)
  for _, key in ipairs(redis.call('ZRANGEBYLEX', list, '[' .. prefix, '[' .. prefix .. '\\255')) do
    redis.call('DEL', 'waferd:credential:' .. key)
    redis.call('ZREM', list, key)
  end
end`;

const PUT = new Script(`
local key = ARGV[1]
redis.call('HSET', 'waferd:credential:' .. key, unpack(ARGV, 2))
redis.call('ZADD', '${CREDENTIALS}', 0, key)`);

/** ARGV: a hash's key, the time. */
export const TOUCH = new Script(`
local last = redis.call('HGET', ARGV[1], 'lastUsedAt')
if last and tonumber(last == '' and '0' or last) < tonumber(ARGV[2]) then
  redis.call('HSET', ARGV[1], 'lastUsedAt', ARGV[2])
end`);

const DELETE = new Script(`
redis.call('ZREM', '${CREDENTIALS}', ARGV[1])
return redis.call('DEL', 'waferd:credential:' .. ARGV[1])`);

/** The key lives for the lease's length by Redis' own clock, and is judged by the callers' clocks as well. */
const LEASE = new Script(`
local key, holder, untilTime, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local known = redis.call('HMGET', key, 'holder', 'until')
if known[1] and known[1] ~= holder and tonumber(known[2]) > now then return 0 end
redis.call('HSET', key, 'holder', holder, 'until', ARGV[3])
redis.call('PEXPIRE', key, math.max(1, untilTime - now))
return 1`);

const RELEASE = new Script(`
if redis.call('HGET', ARGV[1], 'holder') == ARGV[2] then redis.call('DEL', ARGV[1]) end`);

const valuePlace = (key: string): string => `credentials:${key}:value`;

export class RedisCredentials implements CredentialTable {
  readonly #redis;
  readonly #sealer;

  constructor(redis: Redis, sealer: Sealer) {
    this.#redis = redis;
    this.#sealer = sealer;
  }

  get(key: string): Promise<Credential | null> {
    return this.#redis.run(() => this.#load(key));
  }

  put({ key, value, forcedAt, ...times }: Credential): Promise<void> {
    const sealed = this.#sealer.seal(value, valuePlace(key)).toString("base64");
    const fields = toFlat({ value: sealed, ...times, forcedAt: forcedAt ?? "" });
    return this.#redis.run(() => this.#redis.script(PUT, key, ...fields));
  }

  touch(key: string, lastUsedAt: Milliseconds): Promise<void> {
    return this.#redis.run(() => this.#redis.script(TOUCH, credentialKey(key), lastUsedAt));
  }

  lease(key: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean> {
    return this.#redis.run(
      async () => (await this.#redis.script(LEASE, leaseKey(key), holder, until, now)) === 1,
    );
  }

  release(key: string, holder: string): Promise<void> {
    return this.#redis.run(() => this.#redis.script(RELEASE, leaseKey(key), holder));
  }

  delete(key: string): Promise<boolean> {
    return this.#redis.run(async () => (await this.#redis.script(DELETE, key)) === 1);
  }

  list(page: PageRequest): Promise<Page<Credential>> {
    return this.#redis.run(() =>
      readList(this.#redis, CREDENTIALS, page, (key) => this.#load(key)),
    );
  }

  async #load(key: string): Promise<Credential | null> {
    const hash = (await this.#redis.send("HGETALL", credentialKey(key))) as Record<string, string>;
    const { value } = hash;
    if (value === undefined) return null;
    return {
      key,
      value: this.#sealer.open(Buffer.from(value, "base64"), valuePlace(key)),
      fetchedAt: Number(hash["fetchedAt"]),
      expiresAt: Number(hash["expiresAt"]),
      lastUsedAt: Number(hash["lastUsedAt"]),
      forcedAt: hash["forcedAt"] ? Number(hash["forcedAt"]) : null,
    };
  }
}
