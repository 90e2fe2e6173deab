import type { ConsoleSession } from "../../core/access/console-session.ts";
import type { ConsoleSessionTable } from "../../core/access/console-session-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { CONSOLE_SESSIONS, consoleSessionKey } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const CREATE = new Script(`
redis.call('HSET', 'waferd:console-session:' .. ARGV[1], 'proof', ARGV[2], 'startedAt', ARGV[3], 'lastUsedAt', ARGV[4])
redis.call('ZADD', '${CONSOLE_SESSIONS}', 0, ARGV[1])`);

const TOUCH = new Script(`
local last = tonumber(redis.call('HGET', ARGV[1], 'lastUsedAt'))
if last and (last < tonumber(ARGV[2]) or last > tonumber(ARGV[3])) then
  redis.call('HSET', ARGV[1], 'lastUsedAt', ARGV[2])
end`);

const REMOVE = new Script(`
redis.call('ZREM', '${CONSOLE_SESSIONS}', ARGV[1])
return redis.call('DEL', 'waferd:console-session:' .. ARGV[1])`);

export class RedisConsoleSessions implements ConsoleSessionTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  get(id: string): Promise<ConsoleSession | null> {
    return this.#redis.run(() => this.#load(id));
  }

  create({ id, proof, startedAt, lastUsedAt }: ConsoleSession): Promise<void> {
    return this.#redis.run(() => this.#redis.script(CREATE, id, proof, startedAt, lastUsedAt));
  }

  touch(id: string, lastUsedAt: Milliseconds): Promise<void> {
    const times = [lastUsedAt, lastUsedAt + CLOCK_TOLERANCE];
    return this.#redis.run(() => this.#redis.script(TOUCH, consoleSessionKey(id), ...times));
  }

  remove(id: string): Promise<boolean> {
    return this.#redis.run(async () => (await this.#redis.script(REMOVE, id)) === 1);
  }

  list(page: PageRequest): Promise<Page<ConsoleSession>> {
    return this.#redis.run(() =>
      readList(this.#redis, CONSOLE_SESSIONS, page, (id) => this.#load(id)),
    );
  }

  async #load(id: string): Promise<ConsoleSession | null> {
    const hash = (await this.#redis.send("HGETALL", consoleSessionKey(id))) as Record<
      string,
      string
    >;
    const { proof, startedAt, lastUsedAt } = hash;
    if (proof === undefined) return null;
    return { id, proof, startedAt: Number(startedAt), lastUsedAt: Number(lastUsedAt) };
  }
}
