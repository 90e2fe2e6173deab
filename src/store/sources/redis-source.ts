import { RedisClient } from "bun";
import { maskAddress } from "../../core/address.ts";
import { isAppid, isAppSecret } from "../../core/app.ts";
import { StartError } from "../../core/errors.ts";
import { isSessionId } from "../../core/session.ts";
import type { Moved, MoveSource, Unreadable } from "../../core/transfer.ts";
import { readDurations } from "../layout/durations.ts";
import { toSession } from "../redis/session-hash.ts";
import { inPortions } from "./portions.ts";
import type { RowContext } from "./rows.ts";

const STEP = 500;
const CONNECT_MS = 5000;
const APP = "app_";
const SESSION = "sess_";

type Hash = Record<string, string>;

/** The apps and sessions of a go server's Redis (PROTOCOL section 8), which is only read. */
export class RedisSource implements MoveSource {
  readonly name: string;
  readonly #client;
  readonly #context;
  readonly #appid;
  /** Longest first, because one may be the beginning of another. */
  #appids: string[] = [];

  readonly #total: number;
  #read = 0;

  private constructor(
    name: string,
    client: RedisClient,
    total: number,
    context: RowContext,
    appid: string | null,
  ) {
    this.name = name;
    this.#total = total;
    this.#client = client;
    this.#context = context;
    this.#appid = appid;
  }

  /**
   * Connects.
   *
   * @param address `redis://:password@host:6379/0`; `rediss:` speaks TLS
   * @throws StartError
   */
  static async open(
    address: string,
    { context, appid }: { context: RowContext; appid: string | null },
  ): Promise<RedisSource> {
    const client = new RedisClient(address, { autoReconnect: false, connectionTimeout: CONNECT_MS });
    try {
      await client.connect();
    } catch (cause) {
      throw new StartError(`cannot connect to ${maskAddress(address)}: ${(cause as Error).message}`, {
        cause,
      });
    }
    const total = Number(await client.send("DBSIZE", []));
    return new RedisSource(maskAddress(address), client, total, context, appid);
  }

  /** Of a Redis that holds little else. */
  fraction(): number {
    return this.#total === 0 ? 1 : Math.min(1, this.#read / this.#total);
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#things());
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async *#things(): AsyncGenerator<Moved | Unreadable> {
    for await (const keys of this.#keys(`${APP}*`))
      for (const key of keys) {
        const app = await this.#app(key.slice(APP.length));
        if (app !== null) yield app;
      }
    this.#appids.sort((a, b) => b.length - a.length);
    for await (const keys of this.#keys(`${SESSION}*`))
      for (const session of await Promise.all(keys.map((key) => this.#session(key))))
        if (session !== null) yield session;
  }

  /** Every key that is like this, in steps; a key may come twice. */
  async *#keys(pattern: string): AsyncGenerator<string[]> {
    let cursor = "0";
    do {
      const step = await this.#send("SCAN", cursor, "MATCH", pattern, "COUNT", String(STEP));
      const [next, keys] = step as [string, string[]];
      this.#read += keys.length;
      yield keys;
      cursor = next;
    } while (cursor !== "0");
  }

  async #app(appid: string): Promise<Moved | Unreadable | null> {
    const hash = await this.#hash(`${APP}${appid}`);
    if (hash === null) return { kind: "unreadable", what: `${APP}${appid}`, reason: "it is no hash" };
    if (Object.keys(hash).length === 0) return null;
    const what = `${APP}${appid}`;
    const appSecret = hash["secret"] ?? "";
    if (!isAppid(appid)) return { kind: "unreadable", what, reason: "its name has no appid" };
    if (!isAppSecret(appSecret))
      return { kind: "unreadable", what, reason: "secret is empty, or holds a space" };
    this.#appids.push(appid);
    if (this.#appid !== null && this.#appid !== appid) return null;
    const { now } = this.#context;
    const app = {
      appid,
      title: "",
      appSecret,
      ...readDurations(hash["ld"] ?? null, hash["sd"] ?? null),
      sessionsPerUser: null,
      tokenEndpoint: "stable" as const,
      createdAt: now,
      updatedAt: now,
    };
    return { kind: "app", app, number: null };
  }

  async #session(key: string): Promise<Moved | Unreadable | null> {
    const unreadable = (reason: string): Unreadable => ({ kind: "unreadable", what: key, reason });
    const rest = key.slice(SESSION.length);
    const appid = this.#appids.find((one) => rest.startsWith(`${one}_`));
    if (appid === undefined) return unreadable("its app is not there");
    if (this.#appid !== null && this.#appid !== appid) return null;
    const hash = await this.#hash(key);
    if (hash === null) return unreadable("it is no hash");
    // It expired a moment ago.
    if (Object.keys(hash).length === 0) return null;
    const id = rest.slice(appid.length + 1);
    const found = isSessionId(id) ? toSession(appid, id, hash) : null;
    if (found === null) return unreadable("it is not whole: uuid, skey or openid is missing");
    if (Number.isNaN(found.loginAt + found.lastVisitAt)) return unreadable("ct or lvt is no time");
    const { keptSkey: _, ...session } = found;
    return { kind: "session", session };
  }

  /** Null for what is no hash. */
  async #hash(key: string): Promise<Hash | null> {
    try {
      return (await this.#send("HGETALL", key)) as Hash;
    } catch (error) {
      if (error instanceof StartError && /WRONGTYPE/.test(error.message)) return null;
      throw error;
    }
  }

  async #send(command: string, ...args: string[]): Promise<unknown> {
    try {
      return await this.#client.send(command, args);
    } catch (cause) {
      throw new StartError(`cannot read ${this.name}: ${(cause as Error).message}`, { cause });
    }
  }
}
