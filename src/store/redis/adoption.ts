import type { Milliseconds } from "../../core/ports.ts";
import type { RedisApps } from "./apps.ts";
import { APPS, sessionAppKey, sessionKey } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { ADOPT } from "./session-scripts.ts";

/** How long after a walk through all keys the next one begins. */
const PAUSE: Milliseconds = 3_600_000;
const FIRST = "0";

/** Takes what the go server wrote into our indexes, walking through the keys bit by bit. */
export class Adoption {
  readonly #redis;
  readonly #apps;
  #cursor = FIRST;
  #nextWalkAt = 0;

  constructor(redis: Redis, apps: RedisApps) {
    this.#redis = redis;
    this.#apps = apps;
  }

  /** One step; whether the walk goes on. */
  adopt(limit: number): Promise<boolean> {
    if (Date.now() < this.#nextWalkAt) return this.#redis.run(() => Promise.resolve(false));
    return this.#redis.run(async () => {
      const [cursor, keys] = (await this.#redis.send("SCAN", this.#cursor, "COUNT", limit)) as [
        string,
        string[],
      ];
      await this.#apps.adopt(keys);
      await this.#adoptSessions(keys);
      this.#cursor = cursor;
      if (cursor === FIRST) this.#nextWalkAt = Date.now() + PAUSE;
      return cursor !== FIRST;
    });
  }

  /** Gives all apps their numbers, so that the first one is known: a walk at once, for a Redis that is new to us. */
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
    // An appid may hold the sign that stands between the two.
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
