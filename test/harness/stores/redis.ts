import { killWithParent } from "../reaper.ts";
import { RedisServer } from "../redis.ts";
import type { SessionName, TestStore } from "./test-store.ts";

let server: Promise<RedisServer> | null = null;
const databases = new Map<string, number>();

/** Returns the server, which all tests of a run share, and its database for a data folder. */
async function redisFor(dataDir: string): Promise<{ server: RedisServer; db: number }> {
  if (server === null) {
    server = RedisServer.start();
    const started = await server;
    killWithParent(started.pid, started.folder);
  }
  const db = databases.get(dataDir) ?? databases.size;
  databases.set(dataDir, db);
  return { server: await server, db };
}

async function cli(dataDir: string, ...args: string[]): Promise<string> {
  const redis = await redisFor(dataDir);
  return redis.server.cli("-n", String(redis.db), ...args);
}

const hashOf = ({ appid, id }: SessionName): string => `sess_${appid}_${id}`;

/** A Redis server for the tests. */
export const redisStore: TestStore = {
  sealsAppSecrets: false,
  takesSeveralServers: true,
  async environment(dataDir) {
    const redis = await redisFor(dataDir);
    return { WAFERD_STORE: `redis://127.0.0.1:${redis.server.port}/${redis.db}` };
  },
  async age(dataDir, session, { loginAt = 0, lastVisitAt = 0 }) {
    const seconds = (ms: number): string => String(-Math.round(ms / 1000));
    await cli(dataDir, "HINCRBY", hashOf(session), "ct", seconds(loginAt));
    await cli(dataDir, "HINCRBY", hashOf(session), "lvt", seconds(lastVisitAt));
  },
  async setSessionDuration(dataDir, appid, seconds) {
    await cli(dataDir, "HSET", `app_${appid}`, "sd", String(seconds));
  },
  async expireCredential(dataDir, key, at) {
    await cli(dataDir, "HSET", `waferd:credential:${key}`, "expiresAt", String(at));
  },
  async damageApp(dataDir, appid) {
    await cli(dataDir, "SET", `app_${appid}`, "not a hash");
  },
  async damageSession(dataDir, session) {
    await cli(dataDir, "SET", hashOf(session), "not a hash");
  },
  async refuseWrites({ dataDir }) {
    await cli(dataDir, "CONFIG", "SET", "maxmemory", "1");
  },
  async allowWrites({ dataDir }) {
    await cli(dataDir, "CONFIG", "SET", "maxmemory", "0");
  },
  async contents(dataDir) {
    const keys = (await cli(dataDir, "KEYS", "*")).split("\n");
    const values = await Promise.all(
      keys.map(async (key) => {
        const type = await cli(dataDir, "TYPE", key);
        if (type === "hash") return cli(dataDir, "HGETALL", key);
        return type === "zset" ? cli(dataDir, "ZRANGE", key, "0", "-1") : cli(dataDir, "GET", key);
      }),
    );
    return [...keys, ...values].join("\n");
  },
};
