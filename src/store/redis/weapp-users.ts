import type { Milliseconds } from "../../core/ports.ts";
import type { WeappUser } from "../../core/sessions/weapp-user.ts";
import type { WeappUserTable } from "../../core/sessions/weapp-user-table.ts";
import { sha256 } from "../../crypto/digest.ts";
import { WEAPP_USERS_BY_EXPIRY, WEAPP_USERS_BY_OPENID, weappUserKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const REMOVE = `
local function remove(name)
  local key = 'waferd:weapp-user:' .. name
  local owner = redis.call('HGET', key, 'owner')
  if owner then redis.call('HDEL', '${WEAPP_USERS_BY_OPENID}', owner) end
  redis.call('DEL', key)
  redis.call('ZREM', '${WEAPP_USERS_BY_EXPIRY}', name)
end`;

const REMEMBER = new Script(`
${REMOVE}
local name, owner, expiresAt, user = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local older = redis.call('HGET', '${WEAPP_USERS_BY_OPENID}', owner)
redis.call('HSET', 'waferd:weapp-user:' .. name, 'owner', owner, 'user', user)
if older and older ~= name then remove(older) end
redis.call('HSET', '${WEAPP_USERS_BY_OPENID}', owner, name)
redis.call('ZADD', '${WEAPP_USERS_BY_EXPIRY}', expiresAt, name)`);

const SWEEP = new Script(`
${REMOVE}
local due = redis.call('ZRANGEBYSCORE', '${WEAPP_USERS_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, name in ipairs(due) do remove(name) end
return #due`);

/** Returns a user's name. A code admits its user, so only its hash is stored. */
const nameOf = (appid: string, code: string): string => `${appid} ${sha256(code).toString("hex")}`;

export class RedisWeappUsers implements WeappUserTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  get(appid: string, code: string): Promise<WeappUser | null> {
    return this.#redis.run(async () => {
      const key = weappUserKey(nameOf(appid, code));
      const user = (await this.#redis.send("HGET", key, "user")) as string | null;
      if (user === null) return null;
      return { ...(JSON.parse(user) as Omit<WeappUser, "appid" | "code">), appid, code };
    });
  }

  remember({ appid, code, ...user }: WeappUser): Promise<void> {
    const fields = [
      nameOf(appid, code),
      `${appid}\0${user.openid}`,
      user.expiresAt,
      JSON.stringify(user),
    ] as const;
    return this.#redis.run(() => this.#redis.script(REMEMBER, ...fields));
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#redis.run(() => this.#redis.script(SWEEP, now, limit));
  }
}
