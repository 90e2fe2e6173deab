import {
  type ClaimState,
  type ClaimTable,
  LONGEST_CLAIM,
} from "../../core/coordination/claim-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { sha256 } from "../../crypto/digest.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { claimKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

/**
 * Expires the key by the clock of Redis, and compares with the clocks of the callers as well. ARGV:
 * key, now, until, how far ahead a claim may end. Adds before it removes, so that a Redis without
 * memory refuses the claim, and the code is not used up.
 */
const CLAIM = new Script(`
local key, now = ARGV[1], tonumber(ARGV[2])
local known = redis.call('HMGET', key, 'until', 'endedAt', 'answer')
local left = tonumber(known[1] or now) - now
if left > 0 and left <= tonumber(ARGV[4]) then
  if not known[3] then return { 'running' } end
  return { 'done', known[2], known[3] }
end
redis.call('HSET', key, 'until', ARGV[3])
redis.call('HDEL', key, 'endedAt', 'answer')
redis.call('PEXPIRE', key, math.max(1, tonumber(ARGV[3]) - now))
return { 'claimed' }`);

const FINISH = new Script(`
local key = ARGV[1]
if redis.call('EXISTS', key) == 0 then return end
redis.call('HSET', key, 'answer', ARGV[2], 'endedAt', ARGV[3], 'until', ARGV[4])
redis.call('PEXPIRE', key, math.max(1, tonumber(ARGV[4]) - tonumber(ARGV[3])))`);

const FARTHEST = LONGEST_CLAIM + CLOCK_TOLERANCE;

const answerPlace = (hash: string): string => `claims:${hash}:answer`;

export class RedisClaims implements ClaimTable {
  readonly #redis;
  readonly #sealer;

  constructor(redis: Redis, sealer: Sealer) {
    this.#redis = redis;
    this.#sealer = sealer;
  }

  claim(name: string, now: Milliseconds, until: Milliseconds): Promise<ClaimState> {
    const hash = hashOf(name);
    return this.#redis.run(async (): Promise<ClaimState> => {
      const [state, endedAt, answer = ""] = await this.#redis.script<
        [ClaimState["state"], string?, string?]
      >(CLAIM, claimKey(hash), now, until, FARTHEST);
      if (state !== "done") return { state };
      return {
        state,
        endedAt: Number(endedAt),
        answer: this.#sealer.open(Buffer.from(answer, "base64"), answerPlace(hash)),
      };
    });
  }

  finish(
    name: string,
    answer: () => string,
    endedAt: Milliseconds,
    until: Milliseconds,
  ): Promise<void> {
    const hash = hashOf(name);
    const sealed = this.#sealer.seal(answer(), answerPlace(hash)).toString("base64");
    return this.#redis.run(() =>
      this.#redis.script(FINISH, claimKey(hash), sealed, endedAt, until),
    );
  }

  abandon(name: string): Promise<void> {
    return this.#redis.run(async () => {
      await this.#redis.send("DEL", claimKey(hashOf(name)));
    });
  }

  /** Removes nothing, because Redis expires claims itself. */
  sweep(): Promise<number> {
    return this.#redis.run(() => Promise.resolve(0));
  }
}

/** Names hold login codes. */
const hashOf = (name: string): string => sha256(name).toString("hex");
