import { RedisClient } from "bun";
import { StartError } from "../../core/errors.ts";
import { StoreError } from "../../core/store-error.ts";
import { UnsealError } from "../../crypto/seal.ts";
import { diagnose } from "./diagnosis.ts";
import { Link } from "./link.ts";
import type { Script } from "./script.ts";

export interface RedisConnection {
  host: string;
  port: number;
  /** Empty for none. */
  password: string;
  db: number;
  /** With the server's certificate verified. */
  tls: boolean;
  /** Seconds after which a connection that nobody uses is closed, until somebody does; 0 for never. */
  idleTimeout: number;
}

/** Longest that a call waits for its answer, in milliseconds: an outage is to be told within a second. */
const CALL_TIMEOUT = 800;
const WATCH_INTERVAL = 100;
/** Connections on which the calls of this process are pipelined; Redis answers them one after another anyway. */
const LINKS = 2;

/** What a server says when it cannot take a write, or not now. */
const REFUSALS = /^(OOM|READONLY|MISCONF|NOREPLICAS|NOPERM|NOAUTH|CLUSTERDOWN|MOVED|UNKILLABLE)/;
const AWAY = /^(LOADING|BUSY|MASTERDOWN|TRYAGAIN)/;

/** The connections to one Redis. They come back by themselves when the server does. */
export class Redis {
  readonly #links: Link[];
  readonly #watch: Timer;
  readonly #operations = new Set<Promise<unknown>>();
  #next = 0;
  #closed = false;

  private constructor(links: Link[]) {
    this.#links = links;
    this.#watch = setInterval(() => {
      const now = performance.now();
      for (const link of links) link.watch(now);
    }, WATCH_INTERVAL);
    this.#watch.unref();
  }

  /**
   * Connects.
   *
   * @throws StartError with what to mend
   */
  static async connect(connection: RedisConnection): Promise<Redis> {
    const make = () =>
      new RedisClient(urlOf(connection), {
        autoReconnect: false,
        enableOfflineQueue: false,
        connectionTimeout: CALL_TIMEOUT,
        tls: connection.tls,
      });
    const first = make();
    try {
      await first.connect();
      const version = /^redis_version:(\S+)/m.exec(
        String(await first.send("INFO", ["server"])),
      )?.[1];
      if (version !== undefined && Number.parseInt(version, 10) < 6)
        throw new StartError(
          `${placeOf(connection)} is Redis ${version}: waferd needs 6.0 or newer`,
        );
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(await diagnose(connection, placeOf(connection), error as Error), {
        cause: error,
      });
    } finally {
      first.close();
    }
    const timeouts = { call: CALL_TIMEOUT, idle: connection.idleTimeout * 1000 };
    const links = Array.from({ length: LINKS }, () => new Link(make, timeouts));
    await Promise.all(links.map((link) => link.ready()));
    return new Redis(links);
  }

  /**
   * Runs an operation of a table, which may make several calls; closing waits for it.
   *
   * @throws StoreError
   */
  async run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError("closed", "the store is closed");
    const running = operation();
    this.#operations.add(running);
    try {
      return await running;
    } catch (error) {
      throw translate(error);
    } finally {
      this.#operations.delete(running);
    }
  }

  /** One command. Calls of one turn go out together. Only inside of `run`. */
  send(command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#link().send(command, args.map(String));
  }

  /** Runs a script, which is sent whole only to a server that does not know it. Only inside of `run`. */
  async script<T>(script: Script, ...args: (string | number)[]): Promise<T> {
    try {
      return (await this.send("EVALSHA", script.sha1, 0, ...args)) as T;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return (await this.send("EVAL", script.text, 0, ...args)) as T;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#operations);
    clearInterval(this.#watch);
    for (const link of this.#links) link.close();
  }

  /** The links in turn, those that are up before those that are not. */
  #link(): Link {
    this.#next += 1;
    const from = this.#next % this.#links.length;
    const inTurn = [...this.#links.slice(from), ...this.#links.slice(0, from)];
    return inTurn.find((link) => link.isUp) ?? (inTurn[0] as Link);
  }
}

/** Where a Redis is, for people. */
export const placeOf = ({ host, port, db }: RedisConnection): string =>
  `redis://${host}:${port}/${db}`;

function urlOf({ host, port, password, db, tls }: RedisConnection): string {
  const user = password === "" ? "" : `:${encodeURIComponent(password)}@`;
  const address = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "rediss" : "redis"}://${user}${address}:${port}/${db}`;
}

function translate(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  // These are bugs, not answers.
  if (error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error))
    return error;
  const because = { cause: error };
  const { message } = error;
  if (
    error instanceof UnsealError ||
    error instanceof SyntaxError ||
    message.startsWith("WRONGTYPE")
  )
    return new StoreError("corrupt", `a record cannot be read: ${message}`, because);
  if (REFUSALS.test(message))
    return new StoreError("refused", `Redis refused: ${message}`, because);
  const code = "code" in error ? String(error.code) : "";
  if (AWAY.test(message) || (code.startsWith("ERR_REDIS") && code !== "ERR_REDIS_SERVER_ERROR"))
    return new StoreError("closed", `Redis is away: ${message}`, because);
  if (code === "ERR_REDIS_SERVER_ERROR")
    return new StoreError("refused", `Redis refused: ${message}`, because);
  return error;
}
