import {
  fromStoredKey,
  type ServiceKey,
  type StoredServiceKey,
} from "../../core/access/service-key.ts";
import type { ServiceKeyTable } from "../../core/access/service-key-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { SERVICE_KEYS, SERVICE_KEYS_BY_HASH, serviceKeyKey } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const CREATE = new Script(`
redis.call('HSET', 'waferd:service-key:' .. ARGV[1], 'hash', ARGV[2], 'lastUsedAt', ARGV[3], 'lastUsedFrom', ARGV[4], 'facts', ARGV[5])
redis.call('HSET', '${SERVICE_KEYS_BY_HASH}', ARGV[2], ARGV[1])
redis.call('ZADD', '${SERVICE_KEYS}', 0, ARGV[1])`);

const TOUCH = new Script(`
local last = redis.call('HGET', ARGV[1], 'lastUsedAt')
local lastTime = tonumber(last == '' and '0' or last or '0')
if last and (lastTime < tonumber(ARGV[2]) or lastTime > tonumber(ARGV[3])) then
  redis.call('HSET', ARGV[1], 'lastUsedAt', ARGV[2], 'lastUsedFrom', ARGV[4])
end`);

const REVOKE = new Script(`
local key = 'waferd:service-key:' .. ARGV[1]
local hash = redis.call('HGET', key, 'hash')
if not hash then return 0 end
redis.call('HDEL', '${SERVICE_KEYS_BY_HASH}', hash)
redis.call('ZREM', '${SERVICE_KEYS}', ARGV[1])
redis.call('DEL', key)
return 1`);

const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");

export class RedisServiceKeys implements ServiceKeyTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  get(id: string): Promise<ServiceKey | null> {
    return this.#redis.run(() => this.#load(id));
  }

  getByHash(keyHash: Uint8Array): Promise<ServiceKey | null> {
    return this.#redis.run(async () => {
      const id = (await this.#redis.send("HGET", SERVICE_KEYS_BY_HASH, hex(keyHash))) as
        | string
        | null;
      return id === null ? null : this.#load(id);
    });
  }

  create({ keyHash, lastUsedAt, lastUsedFrom, ...facts }: ServiceKey): Promise<void> {
    const fields = [
      facts.id,
      hex(keyHash),
      lastUsedAt ?? "",
      lastUsedFrom ?? "",
      JSON.stringify(facts),
    ];
    return this.#redis.run(() => this.#redis.script(CREATE, ...fields));
  }

  touch(id: string, lastUsedAt: Milliseconds, lastUsedFrom: string | null): Promise<void> {
    const times = [lastUsedAt, lastUsedAt + CLOCK_TOLERANCE];
    return this.#redis.run(() =>
      this.#redis.script(TOUCH, serviceKeyKey(id), ...times, lastUsedFrom ?? ""),
    );
  }

  revoke(id: string): Promise<boolean> {
    return this.#redis.run(async () => (await this.#redis.script(REVOKE, id)) === 1);
  }

  list(page: PageRequest): Promise<Page<ServiceKey>> {
    return this.#redis.run(() => readList(this.#redis, SERVICE_KEYS, page, (id) => this.#load(id)));
  }

  async #load(id: string): Promise<ServiceKey | null> {
    const hash = (await this.#redis.send("HGETALL", serviceKeyKey(id))) as Record<string, string>;
    if (hash["facts"] === undefined) return null;
    return fromStoredKey({
      ...(JSON.parse(hash["facts"]) as Omit<
        StoredServiceKey,
        "keyHash" | "lastUsedAt" | "lastUsedFrom"
      >),
      keyHash: Buffer.from(hash["hash"] ?? "", "hex"),
      lastUsedAt: hash["lastUsedAt"] ? Number(hash["lastUsedAt"]) : null,
      lastUsedFrom: hash["lastUsedFrom"] || null,
    });
  }
}
