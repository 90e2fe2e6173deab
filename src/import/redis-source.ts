import { RedisClient } from "bun";
import { DEFAULT_SETTINGS, isAppid, loggableId } from "../core/apps/app.ts";
import { StartError } from "../core/errors.ts";
import { isSessionId } from "../core/sessions/session.ts";
import type { Moved, MoveSource, Unreadable } from "../core/transfer/transfer.ts";
import { readDurations } from "../store/layout/durations.ts";
import { decodeUserInfo, isUnreadableUserInfo } from "../store/layout/user-info.ts";
import { AppOwners, notThere } from "./app-owners.ts";
import { inPortions } from "./portions.ts";
import { demand, readOrTell } from "./row.ts";
import { demandKey, demandOpenid, demandSecret, type RowContext, readSkey } from "./row-records.ts";
import type { ServerAddress } from "./server-address.ts";

const CONNECT_MS = 5000;
/** The keys that Redis reads for one answer, while its other clients wait. */
const SCAN_COUNT = "1000";
const [APP, SESSION] = ["app_", "sess_"];

/**
 * Sends a client's first commands to a Redis over a plain socket.
 *
 * @returns why the server cannot be reached, or null; and the errors that it answered
 */
export type AskRedis = (address: {
  host: string;
  port: number;
  user: string;
  password: string;
  db: number;
  tls: boolean;
}) => Promise<{ unreachable: string | null; refusals: string[] }>;

/** The fields of a hash; null for a key of another type. A key that was deleted has no fields. */
type Hash = Readonly<Record<string, string>> | null;

/**
 * The apps and sessions in the Redis of a go server, which is only read
 * (docs/protocol-reference.md#stored-layouts-redis).
 */
export class RedisSource implements MoveSource {
  readonly name: string;
  readonly #client;
  readonly #context;
  readonly #owners;
  /** Longest first, because an appid may be the prefix of another. */
  readonly #appids: string[] = [];

  private constructor(
    name: string,
    client: RedisClient,
    appid: string | null,
    context: RowContext,
  ) {
    this.name = name;
    this.#client = client;
    this.#context = context;
    this.#owners = new AppOwners(name, appid);
    if (appid !== null) this.#appids.push(appid);
  }

  /**
   * Connects.
   *
   * @param appid the app to import; null imports all apps
   * @param ask finds the cause of a failed connection
   * @throws StartError that says what to mend
   */
  static async open(
    address: ServerAddress,
    appid: string | null,
    context: RowContext,
    ask: AskRedis,
  ): Promise<RedisSource> {
    const client = new RedisClient(urlOf(address), {
      autoReconnect: false,
      enableOfflineQueue: false,
      connectionTimeout: CONNECT_MS,
      tls: address.tls,
    });
    try {
      await client.connect();
      await client.send("PING", []);
    } catch (cause) {
      client.close();
      throw cannotRead(address.name, await whyNot(address, cause as Error, ask));
    }
    return new RedisSource(address.name, client, appid, context);
  }

  async estimate(): Promise<number> {
    return Number(await this.#send("DBSIZE"));
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#batches());
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async *#batches(): AsyncGenerator<(Moved | Unreadable)[]> {
    for await (const hashes of this.#hashes(`${APP}*`))
      yield hashes.flatMap(([key, hash]) => this.#app(key.slice(APP.length), hash));
    this.#owners.demandWanted();
    this.#appids.sort((a, b) => b.length - a.length);
    for await (const hashes of this.#hashes(`${SESSION}*`))
      yield hashes.flatMap(([key, hash]) => this.#session(key.slice(SESSION.length), hash));
  }

  /** Reads the hashes of all keys that match, in batches. Redis may return a key more than once. */
  async *#hashes(pattern: string): AsyncGenerator<[key: string, hash: Hash][]> {
    let cursor = "0";
    do {
      const answer = await this.#send("SCAN", cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
      const [next, keys] = answer as [string, string[]];
      const hashes = await Promise.all(keys.map((key) => this.#hash(key)));
      yield keys
        .map((key, index): [string, Hash] => [key, hashes[index] ?? null])
        .filter(([, hash]) => hash === null || Object.keys(hash).length > 0);
      cursor = next;
    } while (cursor !== "0");
  }

  #app(appid: string, hash: Hash): (Moved | Unreadable)[] {
    const isName = isAppid(appid);
    if (isName && !this.#owners.wants(appid)) {
      // Else its sessions would be taken for those of an app whose appid is a prefix of its appid.
      this.#know(appid);
      return [];
    }
    const shown = loggableId(appid);
    return readOrTell(
      shown === null ? `a key ${APP}… of ${appid.length} characters` : `${APP}${shown}`,
      () => {
        demand(isName, "its key does not contain an appid after app_");
        demand(hash !== null, "it is not a hash");
        const appSecret = hash["secret"] ?? "";
        demandSecret(appSecret, "secret");
        this.#know(appid);
        const { now } = this.#context;
        const durations = readDurations(hash["ld"] ?? null, hash["sd"] ?? null);
        const app = {
          ...DEFAULT_SETTINGS,
          appid,
          appSecret,
          ...durations,
          createdAt: now,
          updatedAt: now,
        };
        return [{ kind: "app", app, number: null }];
      },
    );
  }

  #know(appid: string): void {
    this.#owners.add(appid);
    if (!this.#appids.includes(appid)) this.#appids.push(appid);
  }

  /** @param name the appid and the id, separated by a `_`, which both may contain as well */
  #session(name: string, hash: Hash): (Moved | Unreadable)[] {
    const appids = this.#appids.filter((one) => name.startsWith(`${one}_`));
    const appid = appids.find((one) => name.slice(one.length + 1) === hash?.["uuid"]) ?? appids[0];
    if (appid === undefined) {
      if (!this.#owners.wants(null)) return [];
      const said = name.slice(0, -1 - (hash?.["uuid"] ?? "").length);
      const what = `a key ${SESSION}${loggableId(said) ?? ""}…`;
      return [{ kind: "unreadable", what, reason: notThere(said, "this Redis") }];
    }
    if (!this.#owners.wants(appid)) return [];
    const id = name.slice(appid.length + 1);
    const what = `${SESSION}${loggableId(appid) ?? "…"}_${id}`;
    return readOrTell<Moved | Unreadable>(what, () => {
      demand(hash !== null, "it is not a hash");
      // go writes the last visit of a session that expired during the check.
      demand(!("lvt" in hash) || Object.keys(hash).length > 1, "only its last visit is left");
      demand(isSessionId(id) && hash["uuid"] === id, "uuid is not the one in its key");
      const openid = hash["openid"] ?? "";
      demandOpenid(openid, "openid");
      const sessionKey = hash["sesskey"] ?? "";
      demandKey(sessionKey, "sesskey");
      const loginAt = timeIn(hash["ct"]);
      demand(loginAt !== null, "ct is not a time");
      const session = {
        ...{ id, appid, openid, sessionKey, loginAt },
        // The layout keeps the unionid in the profile only.
        ...decodeUserInfo(hash["userinfo"] ?? "", { openid }),
        ...readSkey(hash["skey"] ?? "", "skey"),
        lastVisitAt: timeIn(hash["lvt"]) ?? loginAt,
      };
      if (!isUnreadableUserInfo(hash["userinfo"] ?? "")) return [{ kind: "session", session }];
      const reason = "userinfo is not a profile: the session is imported without it";
      return [
        { kind: "session", session },
        { kind: "unreadable", what, reason, isKept: true },
      ];
    });
  }

  async #hash(key: string): Promise<Hash> {
    try {
      return (await this.#client.send("HGETALL", [key])) as Hash;
    } catch (error) {
      if ((error as Error).message.startsWith("WRONGTYPE")) return null;
      throw cannotRead(this.name, error);
    }
  }

  async #send(command: string, ...args: string[]): Promise<unknown> {
    try {
      return await this.#client.send(command, args);
    } catch (error) {
      throw cannotRead(this.name, error);
    }
  }
}

/** Parses whole seconds since 1970; null for another text. */
const timeIn = (seconds: string | undefined): number | null =>
  /^\d{1,11}$/.test(seconds ?? "") ? Number(seconds) * 1000 : null;

function urlOf({ host, port, user, password, database, tls }: ServerAddress): string {
  const login =
    user === "" && password === ""
      ? ""
      : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const place = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "rediss" : "redis"}://${login}${place}:${port}/${database}`;
}

/** Asks for the cause, because the error of Bun's client only says that the connection closed. */
async function whyNot(
  { host, port, user, password, database, tls }: ServerAddress,
  error: Error,
  ask: AskRedis,
): Promise<Error> {
  const db = Number(database);
  const { unreachable, refusals } = await ask({ host, port, user, password, db, tls });
  const why = unreachable ?? refusals[0] ?? error.message;
  // The server's error may quote the password.
  return new Error(password === "" ? why : why.replaceAll(password, "***"), { cause: error });
}

function cannotRead(name: string, cause: unknown): StartError {
  const { message } = cause as Error;
  const hint = /unknown command/i.test(message)
    ? "; it has to be Redis 6.0 or newer: load the dump.rdb of an older one into a newer one, and import from there"
    : "";
  return new StartError(`cannot read ${name}: ${message}${hint}`, { cause });
}
