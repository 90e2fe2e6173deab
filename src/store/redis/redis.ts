import { RedisClient } from "bun";
import { StartError } from "../../core/errors.ts";
import { StoreError } from "../../core/store-error.ts";
import { UnsealError } from "../../crypto/seal.ts";
import { Connection } from "./connection.ts";
import { diagnose, PERMISSIONS } from "./diagnosis.ts";
import { placeOf, type RedisOptions, urlOf } from "./options.ts";
import type { Script } from "./script.ts";

/** Milliseconds that a call may wait for its answer. An outage is reported within a second. */
const CALL_TIMEOUT = 800;
const WATCH_INTERVAL = 100;
/** Calls are pipelined, and Redis answers them one after another, so few connections are enough. */
const CONNECTIONS = 2;

/**
 * Errors of a server that was demoted, is isolated, or is not ready: by now the address may lead to
 * another one. They come before the command has any effect.
 */
const WRONG_SERVER: ReadonlySet<string> = new Set([
  "READONLY", // a replica
  "MASTERDOWN", // a replica that lost its master and serves no stale data
  "NOREPLICAS", // a master that lost its replicas
  "LOADING",
  "CLUSTERDOWN",
  "MOVED",
  "ASK",
  "TRYAGAIN",
]);

/** The connections to one Redis. They are restored when the server is back. */
export class Redis {
  readonly #connections: Connection[];
  readonly #watch: Timer;
  readonly #operations = new Set<Promise<unknown>>();
  #next = 0;
  #closed = false;

  private constructor(connections: Connection[]) {
    this.#connections = connections;
    this.#watch = setInterval(() => {
      const now = performance.now();
      for (const connection of connections) connection.watch(now);
    }, WATCH_INTERVAL);
    this.#watch.unref();
  }

  /**
   * Connects.
   *
   * @throws StartError that says what to mend
   */
  static async connect(options: RedisOptions): Promise<Redis> {
    const make = () =>
      new RedisClient(urlOf(options), {
        autoReconnect: false,
        enableOfflineQueue: false,
        connectionTimeout: CALL_TIMEOUT,
        tls: options.tls,
      });
    const first = make();
    try {
      await first.connect();
      requireFit(await infoOf((name) => first.send(name, [])), options);
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(await diagnose(options, error as Error), {
        cause: error,
      });
    } finally {
      first.close();
    }
    const timeouts = { call: CALL_TIMEOUT, idle: options.idleTimeout * 1000 };
    const wrongServer = {
      isMet: (error: Error) => WRONG_SERVER.has(replyCode(error)),
      // The others have the same server.
      onMet: () => {
        for (const connection of connections) connection.renew();
      },
    };
    const connections = Array.from(
      { length: CONNECTIONS },
      () => new Connection(make, timeouts, wrongServer),
    );
    await Promise.all(connections.map((connection) => connection.ready()));
    return new Redis(connections);
  }

  /**
   * Runs an operation of a table, which may make several calls. Closing waits for it.
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

  /** Sends a command; those of one turn are sent together. Only inside `run`. */
  send(command: string, ...args: (string | number)[]): Promise<unknown> {
    return this.#available().send(command, args.map(String));
  }

  /** Reads what the server says of itself; nothing if this user may not ask. Only inside `run`. */
  info(): Promise<string> {
    return infoOf((...words) => this.send(...words));
  }

  /** Runs a script, and sends its text only if the server does not know it. Only inside `run`. */
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
    for (const connection of this.#connections) connection.close();
  }

  /** Takes the connections in turn, those that are up first. */
  #available(): Connection {
    this.#next += 1;
    const from = this.#next % this.#connections.length;
    const inTurn = [...this.#connections.slice(from), ...this.#connections.slice(0, from)];
    return inTurn.find((connection) => connection.isUp) ?? (inTurn[0] as Connection);
  }
}

async function infoOf(send: (command: string) => Promise<unknown>): Promise<string> {
  try {
    return String(await send("INFO"));
  } catch (error) {
    if (/^NOPERM/.test((error as Error).message)) return "";
    throw error;
  }
}

/** Refuses a server that cannot be the store. */
function requireFit(info: string, options: RedisOptions): void {
  const fact = (name: string): string | undefined =>
    new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const version = fact("redis_version");
  if (version !== undefined && Number.parseInt(version, 10) < 6)
    throw new StartError(`${placeOf(options)} is Redis ${version}: waferd needs 6.0 or newer`);
  if (fact("cluster_enabled") === "1")
    throw new StartError(
      `${placeOf(options)} is a node of a Redis Cluster, over which keys are spread: waferd needs a Redis with cluster-enabled no, for high availability with replicas behind one address`,
    );
}

function translate(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  // These are bugs, not answers of the server.
  if (error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error))
    return error;
  const because = { cause: error };
  const { message } = error;
  const reply = replyCode(error);
  if (error instanceof UnsealError || error instanceof SyntaxError || reply === "WRONGTYPE")
    return new StoreError("corrupt", `a record cannot be read: ${message}`, because);
  const code = "code" in error ? String(error.code) : "";
  if (!code.startsWith("ERR_REDIS")) return error;
  if (code !== "ERR_REDIS_SERVER_ERROR" || WRONG_SERVER.has(reply) || reply === "BUSY")
    return new StoreError("closed", `Redis is away: ${message}`, because);
  const todo = reply === "NOPERM" ? `; ${PERMISSIONS}` : "";
  return new StoreError("refused", `Redis refused: ${message}${todo}`, because);
}

/**
 * Returns the code of an error reply, such as `READONLY`. Redis 6 quotes the reply that ended a
 * script: `ERR Error running script (…): @user_script: 6: -READONLY You can't write …`.
 */
const replyCode = ({ message }: Error): string =>
  (/: -([A-Z]+) /.exec(message) ?? /^([A-Z]+)\b/.exec(message))?.[1] ?? "";
