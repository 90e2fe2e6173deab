import type { Milliseconds } from "../../core/ports.ts";
import type { RedisApps } from "./apps.ts";
import { APPS, sessionAppKey, sessionKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { ADOPT } from "./session-scripts.ts";

/** The pause between two scans of all keys. */
const PAUSE: Milliseconds = 3_600_000;
const FIRST = "0";

/** Adopts the apps and sessions that the go server wrote, in steps of a scan of all keys. */
export class Adoption {
  readonly #redis;
  readonly #apps;
  #cursor = FIRST;
  /** By performance.now(). */
  #nextScanAt = Number.NEGATIVE_INFINITY;

  constructor(redis: Redis, apps: RedisApps) {
    this.#redis = redis;
    this.#apps = apps;
  }

  /** Does one step, and returns whether the scan continues. */
  adopt(limit: number): Promise<boolean> {
    if (performance.now() < this.#nextScanAt) return this.#redis.run(() => Promise.resolve(false));
    return this.#redis.run(async () => {
      // A session is adopted only with its app, whose key the scan may meet later.
      if (this.#cursor === FIRST) await this.adoptApps();
      const [cursor, keys] = (await this.#redis.send("SCAN", this.#cursor, "COUNT", limit)) as [
        string,
        string[],
      ];
      await this.#adoptSessions(keys);
      this.#cursor = cursor;
      if (cursor === FIRST) this.#nextScanAt = performance.now() + PAUSE;
      return cursor !== FIRST;
    });
  }

  /** Adopts all apps at once, so that a Redis that is new to waferd has a first app. */
  adoptApps(): Promise<void> {
    return this.#redis.run(async () => {
      let cursor = FIRST;
      do {
        const step = await this.#redis.send("SCAN", cursor, "MATCH", "app_*", "COUNT", 1000);
        const [next, keys] = step as [string, string[]];
        await this.#apps.adopt(keys);
        cursor = next;
      } while (cursor !== FIRST);
    });
  }

  async #adoptSessions(keys: readonly string[]): Promise<void> {
    const prefix = sessionKey("", "").slice(0, -1);
    const found = keys.filter((key) => key.startsWith(prefix));
    if (found.length === 0) return;
    const appids = (await this.#redis.send("ZRANGE", APPS, 0, -1)) as string[];
    // An appid may contain the separator of the key.
    appids.sort((a, b) => b.length - a.length);
    const named = found.flatMap((key) => {
      const appid = appids.find((one) => key.startsWith(sessionKey(one, "")));
      return appid === undefined ? [] : [{ appid, id: key.slice(sessionKey(appid, "").length) }];
    });
    const owners = await Promise.all(
      named.map(({ id }) => this.#redis.send("GET", sessionAppKey(id))),
    );
    const now = Date.now();
    await Promise.all(
      named.map(({ appid, id }, index) =>
        owners[index] === null ? this.#redis.script(ADOPT, appid, id, now) : null,
      ),
    );
  }
}
