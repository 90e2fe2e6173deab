import { StartError } from "../../core/errors.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { FORMAT } from "../meta.ts";
import { ACTIVITY_ENDPOINTS, type OnUpgrade, startUpgrade } from "../upgrade.ts";
import { ACTIVITY_BY_EXPIRY, CALL_COUNTS_BY_EXPIRY, META, UPGRADE_LOCK } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

/** How long the lock outlives a process that died. It is extended with every step. */
const LOCKED: Milliseconds = 10_000;
/** How long to wait for another process that upgrades. */
const PATIENCE: Milliseconds = 60_000;
const POLL: Milliseconds = 50;
/** Counts that are moved in one step, which must not block other clients for long. */
const STEP = 500;

/**
 * Moves counts of logins and verifications, as ARGV names them in the index by expiry, to the
 * activity. Each is moved exactly once, however often this runs.
 */
const MOVE = new Script(`
local moved = 0
for _, member in ipairs(ARGV) do
  local due = redis.call('ZSCORE', '${CALL_COUNTS_BY_EXPIRY}', member)
  local subject, day, kind = string.match(member, '^(%Z*)%z(%Z*)%z(%Z*)$')
  if due then
    local counts, field = 'waferd:call-counts:' .. subject, day .. '\\0' .. kind
    local count = redis.call('HGET', counts, field) or '0'
    redis.call('HINCRBY', 'waferd:activity:' .. subject, day .. ' ' .. kind, count)
    redis.call('ZADD', '${ACTIVITY_BY_EXPIRY}', 'NX', due, subject .. '\\0' .. day)
    redis.call('HDEL', counts, field)
    redis.call('ZREM', '${CALL_COUNTS_BY_EXPIRY}', member)
    moved = moved + 1
  end
end
return moved`);

/**
 * Brings the data to the current format: one process at a time, in small steps. When the process is
 * killed, the next start does the rest. Older versions refuse to start on the data afterwards.
 *
 * @param place where the data is, for people
 * @throws StartError when another process does not finish
 */
export async function upgradeRedis(
  redis: Redis,
  place: string,
  onUpgrade: OnUpgrade = () => undefined,
): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE;
  while ((await formatOf(redis)) < FORMAT) {
    const locked = await redis.run(() =>
      redis.send("SET", UPGRADE_LOCK, process.pid, "NX", "PX", LOCKED),
    );
    if (locked !== null) return upgradeLocked(redis, onUpgrade);
    if (performance.now() > giveUpAt)
      throw new StartError(
        `another node upgrades the data in ${place}, and was not ready after ${PATIENCE / 1000} seconds: start again when it is`,
      );
    await Bun.sleep(POLL);
  }
}

async function upgradeLocked(redis: Redis, onUpgrade: OnUpgrade): Promise<void> {
  try {
    // Another process may have finished just before the lock was free.
    const from = await formatOf(redis);
    if (from >= FORMAT) return;
    const end = startUpgrade(from, FORMAT);
    const records = await moveActivity(redis);
    await redis.run(async () => {
      const meta = JSON.parse(String(await redis.send("GET", META))) as object;
      await redis.send("SET", META, JSON.stringify({ ...meta, format: FORMAT }));
    });
    onUpgrade(end(records));
  } finally {
    await redis.run(() => redis.send("DEL", UPGRADE_LOCK));
  }
}

const formatOf = (redis: Redis): Promise<number> =>
  redis.run(
    async () => (JSON.parse(String(await redis.send("GET", META))) as { format: number }).format,
  );

async function moveActivity(redis: Redis): Promise<number> {
  let moved = 0;
  let cursor = "0";
  do {
    const step = await redis.run(
      async () =>
        (await redis.send("ZSCAN", CALL_COUNTS_BY_EXPIRY, cursor, "COUNT", STEP)) as [
          string,
          string[],
        ],
    );
    cursor = step[0];
    const members = step[1].flat().filter((_, index) => index % 2 === 0);
    const found = members.filter((member) =>
      ACTIVITY_ENDPOINTS.some((kind) => String(member).endsWith(`\0${kind}`)),
    );
    moved += await redis.run(async () => {
      await redis.send("PEXPIRE", UPGRADE_LOCK, LOCKED);
      return found.length === 0 ? 0 : await redis.script<number>(MOVE, ...found);
    });
  } while (cursor !== "0");
  return moved;
}
