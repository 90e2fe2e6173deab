import {
  ANSWER_KEPT,
  type IdempotencyState,
  type IdempotencyTable,
  LONGEST_RUN,
} from "../../core/coordination/idempotency-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { IDEMPOTENCY_BY_EXPIRY } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

/**
 * ARGV: key, fingerprint, now, until, how far ahead the end of an answer may be, and that of a
 * request without one.
 */
const BEGIN = new Script(`
local key, fingerprint, now = 'waferd:idempotency:' .. ARGV[1], ARGV[2], tonumber(ARGV[3])
local known = redis.call('HMGET', key, 'until', 'fingerprint', 'answer')
local left, farthest = tonumber(known[1] or now) - now, tonumber(known[3] and ARGV[5] or ARGV[6])
if left > 0 and left <= farthest then
  if known[2] ~= fingerprint then return { 'reused' } end
  if not known[3] then return { 'running' } end
  return { 'done', known[3] }
end
redis.call('HSET', key, 'until', ARGV[4], 'fingerprint', fingerprint)
redis.call('HDEL', key, 'answer')
redis.call('ZADD', '${IDEMPOTENCY_BY_EXPIRY}', ARGV[4], ARGV[1])
return { 'begun' }`);

const FINISH = new Script(`
local key = 'waferd:idempotency:' .. ARGV[1]
if redis.call('EXISTS', key) == 0 then return end
redis.call('HSET', key, 'until', ARGV[3], 'answer', ARGV[2])
redis.call('ZADD', '${IDEMPOTENCY_BY_EXPIRY}', ARGV[3], ARGV[1])`);

const ABANDON = new Script(`
redis.call('DEL', 'waferd:idempotency:' .. ARGV[1])
redis.call('ZREM', '${IDEMPOTENCY_BY_EXPIRY}', ARGV[1])`);

const SWEEP = new Script(`
local due = redis.call('ZRANGEBYSCORE', '${IDEMPOTENCY_BY_EXPIRY}', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, key in ipairs(due) do
  redis.call('DEL', 'waferd:idempotency:' .. key)
  redis.call('ZREM', '${IDEMPOTENCY_BY_EXPIRY}', key)
end
return #due`);

const FARTHEST = [ANSWER_KEPT + CLOCK_TOLERANCE, LONGEST_RUN + CLOCK_TOLERANCE] as const;

const answerPlace = (key: string): string => `idempotency:${key}:answer`;

export class RedisIdempotency implements IdempotencyTable {
  readonly #redis;
  readonly #sealer;

  constructor(redis: Redis, sealer: Sealer) {
    this.#redis = redis;
    this.#sealer = sealer;
  }

  begin(
    name: string,
    fingerprint: Uint8Array,
    now: Milliseconds,
    until: Milliseconds,
  ): Promise<IdempotencyState> {
    const key = keyOf(name);
    const print = Buffer.from(fingerprint).toString("hex");
    return this.#redis.run(async (): Promise<IdempotencyState> => {
      const [state, answer = ""] = await this.#redis.script<[IdempotencyState["state"], string?]>(
        ...([BEGIN, key, print, now, until, ...FARTHEST] as const),
      );
      if (state !== "done") return { state };
      return { state, answer: this.#sealer.open(Buffer.from(answer, "base64"), answerPlace(key)) };
    });
  }

  finish(name: string, answer: string, until: Milliseconds): Promise<void> {
    const key = keyOf(name);
    const sealed = this.#sealer.seal(answer, answerPlace(key)).toString("base64");
    return this.#redis.run(() => this.#redis.script(FINISH, key, sealed, until));
  }

  abandon(name: string): Promise<void> {
    return this.#redis.run(() => this.#redis.script(ABANDON, keyOf(name)));
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#redis.run(() => this.#redis.script(SWEEP, now, limit));
  }
}

/** Clients choose keys of any length. */
const keyOf = (name: string): string => sha256(name).toString("hex");
