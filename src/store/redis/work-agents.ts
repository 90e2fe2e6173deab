import type { WorkAgent } from "../../core/apps/work-agent.ts";
import type { WorkAgentTable } from "../../core/apps/work-agent-table.ts";
import { workKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { REMOVE_BY_PREFIX } from "./credentials.ts";
import { AGENTS, agentKey, CREDENTIALS } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script, toFlat } from "./script.ts";

const PUT = new Script(`
${REMOVE_BY_PREFIX}
local key = 'waferd:agent:' .. ARGV[1]
local createdAt = redis.call('HGET', key, 'createdAt')
redis.call('HSET', key, unpack(ARGV, 3))
if createdAt then redis.call('HSET', key, 'createdAt', createdAt) end
redis.call('ZADD', '${AGENTS}', 0, ARGV[1])
removeByPrefix('${CREDENTIALS}', ARGV[2])
return createdAt`);

const DELETE = new Script(`
${REMOVE_BY_PREFIX}
removeByPrefix('${CREDENTIALS}', ARGV[2])
redis.call('ZREM', '${AGENTS}', ARGV[1])
return redis.call('DEL', 'waferd:agent:' .. ARGV[1])`);

const secretPlace = (corpid: string, agentid: string): string =>
  `work-agents:${corpid}:${agentid}:agentSecret`;
/** Ids contain no space, and a space sorts before all their characters. */
const nameOf = (corpid: string, agentid: string): string => `${corpid} ${agentid}`;

export class RedisWorkAgents implements WorkAgentTable {
  readonly #redis;
  readonly #sealer;

  constructor(redis: Redis, sealer: Sealer) {
    this.#redis = redis;
    this.#sealer = sealer;
  }

  get(corpid: string, agentid: string): Promise<WorkAgent | null> {
    return this.#redis.run(() => this.#load(nameOf(corpid, agentid)));
  }

  put({ agentSecret, ...agent }: WorkAgent): Promise<{ agent: WorkAgent; isNew: boolean }> {
    const { corpid, agentid } = agent;
    const sealed = this.#sealer.seal(agentSecret, secretPlace(corpid, agentid)).toString("base64");
    const fields = toFlat({ ...agent, agentSecret: sealed });
    return this.#redis.run(async () => {
      const createdAt = await this.#redis.script<string | null>(
        PUT,
        ...[nameOf(corpid, agentid), workKeyPrefix(corpid, agentid)],
        ...fields,
      );
      const kept = createdAt === null ? agent.createdAt : Number(createdAt);
      return { agent: { ...agent, agentSecret, createdAt: kept }, isNew: createdAt === null };
    });
  }

  delete(corpid: string, agentid: string): Promise<boolean> {
    return this.#redis.run(async () => {
      const removed = await this.#redis.script(
        DELETE,
        nameOf(corpid, agentid),
        workKeyPrefix(corpid, agentid),
      );
      return removed === 1;
    });
  }

  list(page: PageRequest): Promise<Page<WorkAgent>> {
    return this.#redis.run(() => readList(this.#redis, AGENTS, page, (name) => this.#load(name)));
  }

  async #load(name: string): Promise<WorkAgent | null> {
    const hash = (await this.#redis.send("HGETALL", agentKey(name))) as Record<string, string>;
    const { corpid, agentid, agentSecret } = hash;
    if (corpid === undefined || agentid === undefined || agentSecret === undefined) return null;
    return {
      corpid,
      agentid,
      agentSecret: this.#sealer.open(
        Buffer.from(agentSecret, "base64"),
        secretPlace(corpid, agentid),
      ),
      remark: hash["remark"] ?? "",
      createdAt: Number(hash["createdAt"]),
      updatedAt: Number(hash["updatedAt"]),
    };
  }
}
