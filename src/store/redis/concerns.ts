import type { Concern } from "../../core/store.ts";
import type { Redis } from "./redis.ts";

/** Finds settings of the server by which sessions can be lost. */
export async function redisConcerns(redis: Redis): Promise<Concern[]> {
  const info = await redis.info();
  const fact = (name: string): string | null =>
    new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? null;
  const concerns: Concern[] = [];
  const policy = fact("maxmemory_policy");
  if (policy !== null && policy !== "noeviction")
    concerns.push({
      problem: `this Redis drops keys when its memory is full (maxmemory-policy ${policy}), and users are logged out`,
      todo: "set maxmemory-policy noeviction",
      zh: {
        problem: `此 Redis 在内存用满时丢弃键（maxmemory-policy ${policy}），用户会被登出`,
        todo: "设置 maxmemory-policy noeviction",
      },
    });
  if (fact("aof_enabled") === "0")
    concerns.push({
      problem:
        "this Redis keeps no append-only file: a crash loses the logins since its last snapshot",
      todo: "set appendonly yes",
      zh: {
        problem: "此 Redis 没有启用 AOF：崩溃会丢失上次快照以来的登录",
        todo: "设置 appendonly yes",
      },
    });
  if (fact("role") === "slave")
    concerns.push({
      problem: "this Redis is a replica, which refuses writes or loses them",
      todo: "give the address of its master",
      zh: { problem: "此 Redis 是从库，会拒绝或丢失写入", todo: "改用主库的地址" },
    });
  return concerns;
}
