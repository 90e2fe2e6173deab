import { mkdirSync } from "node:fs";
import { StartError, StoreMissing } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { loadMasterKey } from "../master-key.ts";
import { newMeta, proveMeta, type StoreMeta } from "../meta.ts";
import type { StoreSettings } from "../settings.ts";
import { probeBy } from "../write-probe.ts";
import { RedisActivity } from "./activity.ts";
import { Adoption } from "./adoption.ts";
import { RedisApps } from "./apps.ts";
import { RedisAudit } from "./audit.ts";
import { RedisCallCounts } from "./call-counts.ts";
import { checkRedis } from "./check.ts";
import { RedisClaims } from "./claims.ts";
import { redisConcerns } from "./concerns.ts";
import { RedisConsoleSessions } from "./console-sessions.ts";
import { RedisCredentials } from "./credentials.ts";
import { RedisIdempotency } from "./idempotency.ts";
import { META, SWEPT_AT } from "./keys.ts";
import { RedisLeases } from "./leases.ts";
import { placeOf, type RedisOptions } from "./options.ts";
import { Redis } from "./redis.ts";
import { RedisRenewalFailures } from "./renewal-failures.ts";
import { RedisServiceKeys } from "./service-keys.ts";
import { RedisSessions } from "./sessions.ts";
import { upgradeRedis } from "./upgrade.ts";
import { redisUsage } from "./usage.ts";
import { RedisWeappUsers } from "./weapp-users.ts";
import { RedisWorkAgents } from "./work-agents.ts";

export interface RedisStoreOptions
  extends Pick<
    StoreSettings,
    "dataDir" | "masterKey" | "sandbox" | "isReadOnly" | "mayUpgrade" | "onUpgrade"
  > {
  redis: RedisOptions;
}

/**
 * Opens a store in Redis 6.0 or newer, but not in Redis Cluster. Any number of nodes can share it,
 * and the go server, whose hashes it uses (docs/protocol-reference.md#stored-layouts-redis).
 *
 * @throws StartError when Redis cannot be reached, or its data was sealed with another key,
 * written by a newer version, or created by the sandbox and opened without it or vice versa
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { isReadOnly = false } = options;
  const redis = await Redis.connect(options.redis);
  try {
    const sealer = await prove(redis, options);
    await upgradeRedis(redis, placeOf(options.redis), options.onUpgrade);
    const apps = new RedisApps(redis, { isReadOnly });
    const leases = new RedisLeases(redis);
    const adoption = new Adoption(redis, apps);
    if (!isReadOnly && (await apps.count()) === 0) await adoption.adoptApps();
    return {
      apps,
      sessions: new RedisSessions(redis, { isReadOnly }),
      credentials: new RedisCredentials(redis, sealer),
      renewalFailures: new RedisRenewalFailures(redis),
      workAgents: new RedisWorkAgents(redis, sealer),
      callCounts: new RedisCallCounts(redis),
      activity: new RedisActivity(redis),
      serviceKeys: new RedisServiceKeys(redis),
      consoleSessions: new RedisConsoleSessions(redis),
      audit: new RedisAudit(redis),
      idempotency: new RedisIdempotency(redis, sealer),
      claims: new RedisClaims(redis, sealer),
      leases,
      weappUsers: new RedisWeappUsers(redis),
      adopt: (limit) => adoption.adopt(limit),
      concerns: () => redis.run(() => redisConcerns(redis)),
      sweptAt: () =>
        redis.run(async () => Number((await redis.send("GET", SWEPT_AT)) ?? 0) || null),
      noteSweep: (at) => redis.run(async () => void (await redis.send("SET", SWEPT_AT, at))),
      probeWrite: () => probeBy(leases),
      usage: () => redis.run(() => redisUsage(redis)),
      check: (onFlaw) => redis.run(() => checkRedis(redis, sealer, onFlaw)),
      close: () => redis.close(),
    };
  } catch (error) {
    await redis.close();
    if (error instanceof StoreError)
      throw new StartError(`cannot use ${placeOf(options.redis)}: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

/** Finds the master key, and verifies that it opens the data. */
async function prove(
  redis: Redis,
  {
    redis: options,
    dataDir,
    masterKey,
    sandbox,
    isReadOnly = false,
    mayUpgrade = !isReadOnly,
  }: RedisStoreOptions,
): Promise<Sealer> {
  const place = `in ${placeOf(options)}`;
  const read = () => redis.run(async () => (await redis.send("GET", META)) as string | null);
  const known = await read();
  if (known === null && isReadOnly) throw new StoreMissing(`there is no store ${place}`);
  if (!isReadOnly) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const key = loadMasterKey(dataDir, masterKey, known === null ? null : place);
  const { proof, ...made } = newMeta(key, sandbox);
  const text = JSON.stringify({ ...made, proof: Buffer.from(proof).toString("base64") });
  if (known === null) await redis.run(() => redis.send("SET", META, text, "NX"));
  const meta = JSON.parse(known ?? (await read()) ?? text) as Omit<StoreMeta, "proof"> & {
    proof: string;
  };
  return proveMeta(
    { ...meta, proof: Buffer.from(meta.proof, "base64") },
    { key, sandbox, place, elsewhere: "choose another redis.db", mayUpgrade },
  );
}
