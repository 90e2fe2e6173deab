import type { StoreUsage } from "../../core/store.ts";
import type { Redis } from "./redis.ts";

/** Reads the usage of the whole server, which may have other clients. */
export async function redisUsage(redis: Redis): Promise<StoreUsage> {
  const info = String(await redis.send("INFO", "memory"));
  const bytes = (name: string): number | null => {
    const found = new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1];
    return found === undefined ? null : Number(found);
  };
  const used = bytes("used_memory");
  const limit = bytes("maxmemory");
  return {
    sizeBytes: bytes("used_memory_rss"),
    usedBytes: used,
    // Without maxmemory, Redis uses all memory of the machine.
    freeBytes: used !== null && limit !== null && limit > 0 ? Math.max(0, limit - used) : null,
  };
}
