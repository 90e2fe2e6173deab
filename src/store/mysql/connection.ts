import type { Milliseconds } from "../../core/ports.ts";

/** The database, and the account that waferd has there. */
export interface MySqlOptions {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** Whether to connect with TLS, and verify that the certificate is trusted and names the host. */
  tls: boolean;
  /** How long a call may take, with all its waiting; 800 ms when absent. */
  timeout?: Milliseconds;
  /** How many connections may be open at once; 16 when absent. */
  poolSize?: number;
  /** Called with every statement that is sent, without its values. */
  onStatement?: (statement: string) => void;
}

/** A value that can be bound to a `?`. */
export type Value = string | number | boolean | null | Uint8Array;

/** The rows of a statement, and what it changed. */
export type Result<R> = R[] & {
  /** Rows inserted, deleted or matched by an update, whether or not it changed them. */
  affectedRows: number;
  lastInsertRowid: number | string | null;
};

/**
 * Settings of every session. READ COMMITTED has no gap locks, which cause deadlocks between
 * unrelated logins. The timeouts end a wait for a lock soon after the caller has given up, and
 * free the locks of a node that lost the network. The SQL mode rejects a text that is too long
 * instead of cutting it off; it allows zero dates, because old tables contain them. A server may
 * be set up not to commit by itself.
 */
const SETTINGS = `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1, wait_timeout = 75,
  autocommit = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'`;

/** Seconds that connecting may take without a deadline, which the pool watches. */
const CONNECT_TIMEOUT = 3;

/**
 * A connection to the database, which ends for good when it breaks. It is a client of Bun's with
 * a single reserved connection: after a server was away, the client's own pool hands out dead
 * connections, and reconnects without the settings above.
 */
export class Connection {
  /** When its user gives up, by performance.now(). */
  deadline: Milliseconds;
  /** When it was made. */
  readonly openedAt: Milliseconds = performance.now();
  /** How long connecting took; null until it succeeded. */
  connectTook: Milliseconds | null = null;
  /** When it was last released. */
  idleSince: Milliseconds = 0;
  /** Whether it was closed because its deadline had passed, or connecting took too long. */
  timedOut = false;
  readonly #client: Bun.SQL;
  readonly #onClosed;
  readonly #onStatement;
  #reserved: Bun.ReservedSQL | null = null;
  #isOpen = true;

  /**
   * @param deadline when the caller that waits for it gives up, by performance.now()
   * @param onClosed called once, when the connection broke, was closed, or could not be opened
   */
  constructor(
    options: MySqlOptions,
    deadline: Milliseconds,
    onClosed: (connection: Connection) => void,
  ) {
    this.deadline = deadline;
    this.#onClosed = onClosed;
    this.#onStatement = options.onStatement;
    // Given a URL, Bun reads none from the environment, not even the path of a socket. It would
    // replace an empty password from there, but not one that a function returns.
    this.#client = new Bun.SQL("mysql://localhost", {
      adapter: "mysql",
      hostname: options.host,
      port: options.port,
      username: options.user,
      password: () => options.password,
      database: options.database,
      max: 1,
      connectionTimeout: Number.isFinite(deadline) ? 0 : CONNECT_TIMEOUT,
      idleTimeout: 0,
      maxLifetime: 0,
      bigint: false,
      foundRows: true,
      // An object, because NODE_TLS_REJECT_UNAUTHORIZED does not override it.
      tls: options.tls ? { rejectUnauthorized: true } : false,
      // Without TLS, an account of MySQL 8 needs this. An attacker who could replace the key could
      // read the rest of the connection as well.
      allowPublicKeyRetrieval: !options.tls,
      onclose: () => this.#end(),
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async connect(): Promise<void> {
    this.#reserved = await this.#client.reserve();
    await this.#reserved.unsafe(SETTINGS);
    this.connectTook = performance.now() - this.openedAt;
  }

  /** Sends a statement after those that are running. */
  query<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    if (this.#reserved === null) throw new TypeError("connect() has to come first");
    this.#onStatement?.(text);
    // then() sends the statement, so it cannot be left out.
    return this.#reserved.unsafe(text, values as unknown[]).then((result: Result<R>) => result);
  }

  /** Closes the connection at once, and rejects the running statements. */
  async close(): Promise<void> {
    this.#end();
    await this.#client.close({ timeout: 0 });
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClosed(this);
  }
}
