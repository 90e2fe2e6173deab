import type { Milliseconds } from "../../core/ports.ts";

/** Where the database is, and who waferd is there. */
export interface MySqlConnection {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** Whether to insist on TLS, with a certificate that the system trusts and that names the host. */
  tls: boolean;
  /** How long a call may take, waiting and all; 800 ms when absent. */
  timeout?: Milliseconds;
  /** How many connections may be open at once; 16 when absent. */
  poolSize?: number;
  /** Is told of every statement that is sent, without its values. */
  onStatement?: (statement: string) => void;
}

/** What can be bound to a `?`. */
export type Value = string | number | boolean | null | Uint8Array;

/** The rows of a statement, and what it changed. */
export type Result<R> = R[] & {
  /** Rows that were inserted, deleted, or matched by an update, changed or not. */
  affectedRows: number;
  lastInsertRowid: number | string | null;
};

/**
 * For every connection: no gap locks, which would make deadlocks of logins that have nothing to do with each other; no
 * wait for a lock that goes on when the caller has long given up; no locks held for hours for a node that fell off the
 * network; and no text cut off silently. Zero dates stay allowed, because old tables hold them.
 */
const SETTINGS = `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1, wait_timeout = 75,
  sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`;

/** Seconds that an attempt to connect may take. The pool's watch ends most of them earlier. */
const CONNECT_TIMEOUT = 3;

/**
 * One connection to the database. Bun's own pool hands out dead connections for some calls after a server went away,
 * and connects anew without these settings; so each lane is a client with one connection, which is reserved for good:
 * when it breaks, the lane is over, and says so.
 */
export class Lane {
  /** When whoever has it gives up. */
  deadline: Milliseconds;
  /** When it was given back the last time. */
  idleSince: Milliseconds = 0;
  /** Whether it was closed because its deadline had passed. */
  timedOut = false;
  readonly #client: Bun.SQL;
  readonly #closed;
  readonly #onStatement;
  #connection: Bun.ReservedSQL | null = null;
  #isOpen = true;

  /**
   * @param deadline when whoever waits for it gives up, by performance.now()
   * @param closed is told once, when the connection broke or was closed, or could not be made
   */
  constructor(options: MySqlConnection, deadline: Milliseconds, closed: (lane: Lane) => void) {
    this.deadline = deadline;
    this.#closed = closed;
    this.#onStatement = options.onStatement;
    // With a URL as its first argument Bun reads none from the environment, not even a socket's path. An empty password
    // would be replaced from there; a function's is not.
    this.#client = new Bun.SQL("mysql://localhost", {
      adapter: "mysql",
      hostname: options.host,
      port: options.port,
      username: options.user,
      password: () => options.password,
      database: options.database,
      max: 1,
      connectionTimeout: CONNECT_TIMEOUT,
      idleTimeout: 0,
      maxLifetime: 0,
      bigint: false,
      foundRows: true,
      // An object, because NODE_TLS_REJECT_UNAUTHORIZED has no power over it.
      tls: options.tls ? { rejectUnauthorized: true } : false,
      // Without TLS a MySQL 8 account can log in only so: whoever could swap the key could read the rest as well.
      allowPublicKeyRetrieval: !options.tls,
      onclose: () => this.#end(),
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async connect(): Promise<void> {
    this.#connection = await this.#client.reserve();
    await this.#connection.unsafe(SETTINGS);
  }

  /** Sends a statement, behind those that are under way. */
  query<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    if (this.#connection === null) throw new TypeError("a lane has to be connected first");
    this.#onStatement?.(text);
    // Sent by then(), not before.
    return this.#connection.unsafe(text, values as unknown[]).then((result: Result<R>) => result);
  }

  /** Closes the connection at once; what is under way is rejected. */
  async close(): Promise<void> {
    this.#end();
    await this.#client.close({ timeout: 0 });
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#closed(this);
  }
}
