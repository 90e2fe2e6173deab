import type { Credential } from "../../core/credentials/credential.ts";
import type { CredentialTable } from "../../core/credentials/credential-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { CREDENTIALS, credentialKey, RENEWAL_FAILURES } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script, toFlat } from "./script.ts";

/** A Lua function that removes credentials whose keys begin with a prefix, and their failures. */
export const REMOVE_BY_PREFIX = `
local function removeByPrefix(list, prefix)
  local lists = { [list] = 'waferd:credential:', ['${RENEWAL_FAILURES}'] = 'waferd:renewal-failure:' }
  for list, place in pairs(lists) do
    for _, key in ipairs(redis.call('ZRANGEBYLEX', list, '[' .. prefix, '[' .. prefix .. '\\255')) do
      redis.call('DEL', place .. key)
      redis.call('ZREM', list, key)
    end
  end
end`;

const PUT = new Script(`
local key = ARGV[1]
redis.call('HSET', 'waferd:credential:' .. key, unpack(ARGV, 2))
redis.call('ZADD', '${CREDENTIALS}', 0, key)`);

/**
 * Moves lastUsedAt forward, or back from a time that a wrong clock wrote. ARGV: the key of a hash,
 * the time, the latest time that can be right.
 */
const TOUCH_RECORD = new Script(`
local last = redis.call('HGET', ARGV[1], 'lastUsedAt')
local lastTime = tonumber(last == '' and '0' or last or '0')
if last and (lastTime < tonumber(ARGV[2]) or lastTime > tonumber(ARGV[3])) then
  redis.call('HSET', ARGV[1], 'lastUsedAt', ARGV[2])
end`);

const DELETE = new Script(`
redis.call('ZREM', '${CREDENTIALS}', ARGV[1])
return redis.call('DEL', 'waferd:credential:' .. ARGV[1])`);

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
    const times = [lastUsedAt, lastUsedAt + CLOCK_TOLERANCE];
    return this.#redis.run(() => this.#redis.script(TOUCH_RECORD, credentialKey(key), ...times));
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
