import type { RenewalFailure } from "../../core/credentials/renewal-failure.ts";
import type { RenewalFailureTable } from "../../core/credentials/renewal-failure-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { RENEWAL_FAILURES, renewalFailureKey } from "./keys.ts";
import { readList } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script } from "./script.ts";

const PUT = new Script(`
redis.call('SET', 'waferd:renewal-failure:' .. ARGV[1], ARGV[2])
redis.call('ZADD', '${RENEWAL_FAILURES}', 0, ARGV[1])`);

export class RedisRenewalFailures implements RenewalFailureTable {
  readonly #redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  put(failure: RenewalFailure): Promise<void> {
    return this.#redis.run(() => this.#redis.script(PUT, failure.key, JSON.stringify(failure)));
  }

  list(page: PageRequest): Promise<Page<RenewalFailure>> {
    return this.#redis.run(() =>
      readList(this.#redis, RENEWAL_FAILURES, page, async (key) => {
        const text = await this.#redis.send("GET", renewalFailureKey(key));
        return text === null ? null : (JSON.parse(String(text)) as RenewalFailure);
      }),
    );
  }
}
