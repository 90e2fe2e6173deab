import type { App, AppSettings, NewApp } from "../../core/apps/app.ts";
import type { AppTable } from "../../core/apps/app-table.ts";
import { appKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { readDurations } from "../layout/durations.ts";
import { REMOVE_BY_PREFIX } from "./credentials.ts";
import { APPS, appFactsKey, appKey, CREDENTIALS, NUMBERS } from "./keys.ts";
import { readMembers } from "./paging.ts";
import type { Redis } from "./redis.ts";
import { Script, toFlat, toRecord } from "./script.ts";

type Hash = Record<string, string>;
/** The go server's hash, and waferd's hash with the facts that it lacks. */
type Hashes = [app: string[], facts: string[]];

/** Further fields that go's registration writes. */
const GO_DEFAULTS = { ip: "0.0.0.0" };

const CREATE = new Script(`
local appid, onlyAsFirst, wanted = ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('EXISTS', 'app_' .. appid) == 1 then return 'exists' end
if onlyAsFirst == '1' and redis.call('ZCARD', '${APPS}') > 0 then return 'notFirst' end
local highest = tonumber(redis.call('HGET', '${NUMBERS}', 'apps') or '0')
local number = highest + 1
if wanted > number then number = wanted end
redis.call('HSET', 'app_' .. appid, unpack(ARGV, 5, 4 + tonumber(ARGV[4])))
redis.call('HSET', '${NUMBERS}', 'apps', number)
redis.call('DEL', 'waferd:app:' .. appid)
redis.call('HSET', 'waferd:app:' .. appid, 'number', number, unpack(ARGV, 5 + tonumber(ARGV[4])))
redis.call('ZADD', '${APPS}', number, appid)
return number`);

/** Adopts an app that another server registered: gives it a number and waferd's hash. */
const ADOPT = new Script(`
local appid = ARGV[1]
if redis.call('EXISTS', 'app_' .. appid) == 0 then return nil end
if redis.call('EXISTS', 'waferd:app:' .. appid) == 0 then
  local number = redis.call('HINCRBY', '${NUMBERS}', 'apps', 1)
  redis.call('HSET', 'waferd:app:' .. appid, 'number', number, unpack(ARGV, 2))
  redis.call('ZADD', '${APPS}', number, appid)
end
return redis.call('HGETALL', 'waferd:app:' .. appid)`);

const UPDATE = new Script(`
local appid, ifRevision, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local app, facts = 'app_' .. appid, 'waferd:app:' .. appid
if redis.call('EXISTS', app) == 0 then return nil end
if ifRevision ~= '' and redis.call('HGET', facts, 'revision') ~= ifRevision then return 'changed' end
if count > 0 then redis.call('HSET', app, unpack(ARGV, 4, 3 + count)) end
if #ARGV > 3 + count then redis.call('HSET', facts, unpack(ARGV, 4 + count)) end
redis.call('HINCRBY', facts, 'revision', 1)
return { redis.call('HGETALL', app), redis.call('HGETALL', facts) }`);

const DELETE = new Script(`
${REMOVE_BY_PREFIX}
local appid, ifRevision = ARGV[1], ARGV[2]
local facts = 'waferd:app:' .. appid
if redis.call('EXISTS', 'app_' .. appid) == 0 then return nil end
if ifRevision ~= '' and redis.call('HGET', facts, 'revision') ~= ifRevision then return 'changed' end
redis.call('DEL', 'app_' .. appid, facts)
redis.call('ZREM', '${APPS}', appid)
removeByPrefix('${CREDENTIALS}', ARGV[3])
return 'deleted'`);

/** Apps in the go server's hashes, so that both servers have the same apps. */
export class RedisApps implements AppTable {
  readonly #redis;
  readonly #isReadOnly;

  /** @param isReadOnly whether apps of other servers are read without being adopted */
  constructor(redis: Redis, { isReadOnly }: { isReadOnly: boolean }) {
    this.#redis = redis;
    this.#isReadOnly = isReadOnly;
  }

  get(appid: string): Promise<App | null> {
    return this.#redis.run(() => this.#load(appid));
  }

  getByNumber(number: number): Promise<App | null> {
    return this.#redis.run(async () => {
      const [appid] = (await this.#redis.send("ZRANGEBYSCORE", APPS, number, number)) as string[];
      return appid === undefined ? null : this.#load(appid);
    });
  }

  first(): Promise<App | null> {
    return this.#redis.run(async () => {
      // Another server may have deleted the app.
      for (let index = 0; ; index += 1) {
        const [appid] = (await this.#redis.send("ZRANGE", APPS, index, index)) as string[];
        const app = appid === undefined ? null : await this.#load(appid);
        if (app !== null || appid === undefined) return app;
      }
    });
  }

  create(
    app: NewApp,
    onlyAsFirst = false,
    number: number | null = null,
  ): Promise<App | "exists" | "notFirst"> {
    const hash = toFlat({ ...GO_DEFAULTS, appid: app.appid, ...appFields(app) });
    const facts = toFlat({ createdAt: app.createdAt, ...factFields(app), revision: 1 });
    return this.#redis.run(async () => {
      const made = await this.#redis.script<number | "exists" | "notFirst">(
        CREATE,
        ...[app.appid, onlyAsFirst ? 1 : 0, number ?? 0, hash.length],
        ...hash,
        ...facts,
      );
      return typeof made === "number" ? { ...app, number: made, revision: 1 } : made;
    });
  }

  update(
    appid: string,
    change: Partial<AppSettings & Pick<App, "updatedAt">>,
    ifRevision: number | null = null,
  ): Promise<App | "changed" | null> {
    const hash = toFlat(appFields(change));
    const facts = toFlat(factFields(change));
    return this.#redis.run(async () => {
      if ((await this.#load(appid)) === null) return null;
      const updated = await this.#redis.script<Hashes | "changed" | null>(
        UPDATE,
        ...[appid, ifRevision ?? "", hash.length],
        ...hash,
        ...facts,
      );
      return Array.isArray(updated)
        ? toApp(appid, toRecord(updated[0]), toRecord(updated[1]))
        : updated;
    });
  }

  delete(appid: string, ifRevision: number | null = null): Promise<"deleted" | "changed" | null> {
    return this.#redis.run(async () => {
      if ((await this.#load(appid)) === null) return null;
      return this.#redis.script(DELETE, appid, ifRevision ?? "", appKeyPrefix(appid));
    });
  }

  list(page: PageRequest): Promise<Page<App>> {
    return this.#redis.run(async () => {
      const from = page.cursor === undefined ? 0 : fromCursor(page.cursor, 0);
      if (!Number.isSafeInteger(from) || from < 0) throw foreignCursor();
      const found = (await this.#redis.send(
        ...([
          "ZRANGEBYSCORE",
          APPS,
          `(${from}`,
          "+inf",
          "WITHSCORES",
          "LIMIT",
          0,
          page.limit + 1,
        ] as const),
      )) as (string | number | [string, number])[];
      const numbers = new Map(scored(found));
      return readMembers(
        [...numbers.keys()],
        page.limit,
        (appid) => this.#load(appid),
        (appid) => numbers.get(appid),
      );
    });
  }

  count(): Promise<number> {
    return this.#redis.run(async () => Number(await this.#redis.send("ZCARD", APPS)));
  }

  /** Adopts the apps among these keys that another server registered. Only inside `run`. */
  async adopt(keys: readonly string[]): Promise<void> {
    const prefix = appKey("");
    for (const key of keys) if (key.startsWith(prefix)) await this.#load(key.slice(prefix.length));
  }

  async #load(appid: string): Promise<App | null> {
    const [hash, facts] = (await Promise.all([
      this.#redis.send("HGETALL", appKey(appid)),
      this.#redis.send("HGETALL", appFactsKey(appid)),
    ])) as [Hash, Hash];
    if (hash["secret"] === undefined) return null;
    if (facts["number"] !== undefined) return toApp(appid, hash, facts);
    const now = Date.now();
    const fresh = { createdAt: now, updatedAt: now, revision: 1 };
    if (this.#isReadOnly)
      return toApp(appid, hash, toRecord(toFlat({ ...fresh, number: 0 }).map(String)));
    const adopted = await this.#redis.script<string[] | null>(ADOPT, appid, ...toFlat(fresh));
    return adopted === null ? null : toApp(appid, hash, toRecord(adopted));
  }
}

/** Returns members and scores, which the newer protocol returns in pairs. */
function scored(reply: readonly (string | number | [string, number])[]): [string, number][] {
  if (Array.isArray(reply[0])) return reply as [string, number][];
  const pairs: [string, number][] = [];
  for (let index = 0; index + 1 < reply.length; index += 2)
    pairs.push([String(reply[index]), Number(reply[index + 1])]);
  return pairs;
}

function toApp(appid: string, hash: Hash, facts: Hash): App {
  return {
    appid,
    number: Number(facts["number"]),
    title: facts["title"] ?? "",
    appSecret: hash["secret"] ?? "",
    ...readDurations(hash["ld"] ?? null, hash["sd"] ?? null),
    sessionsPerUser: facts["sessionsPerUser"] ? Number(facts["sessionsPerUser"]) : null,
    tokenEndpoint: facts["tokenEndpoint"] === "legacy" ? "legacy" : "stable",
    createdAt: Number(facts["createdAt"]),
    updatedAt: Number(facts["updatedAt"]),
    revision: Number(facts["revision"]),
  };
}

/** Returns the fields of go's hash for these settings. */
const appFields = (settings: Partial<AppSettings>): Record<string, string | number> => ({
  ...(settings.appSecret !== undefined && { secret: settings.appSecret }),
  ...(settings.loginDurationDays !== undefined && { ld: settings.loginDurationDays }),
  ...(settings.sessionDurationSeconds !== undefined && { sd: settings.sessionDurationSeconds }),
});

/** Returns the fields of waferd's hash for these settings. */
const factFields = (
  settings: Partial<AppSettings & Pick<App, "updatedAt">>,
): Record<string, string | number> => ({
  ...(settings.title !== undefined && { title: settings.title }),
  ...(settings.sessionsPerUser !== undefined && {
    sessionsPerUser: settings.sessionsPerUser ?? "",
  }),
  ...(settings.tokenEndpoint !== undefined && { tokenEndpoint: settings.tokenEndpoint }),
  ...(settings.updatedAt !== undefined && { updatedAt: settings.updatedAt }),
});
