import type { RedisClient } from "bun";
import { StoreError } from "../../core/store-error.ts";

/** Milliseconds between attempts to connect. Short, so that the store is back with the server. */
const RECONNECT_PAUSE = 200;
/** Calls that may wait for answers or for the connection. With more, the server counts as away. */
const MAX_WAITING = 10_000;
/**
 * Milliseconds for which a new connection is kept, whatever server it has reached: a server that
 * stays read-only must not be connected to for every write that it refuses.
 */
const KEPT_AT_LEAST = 1000;

interface Call {
  deadline: number;
  /** The client that it was sent by; null while it waits for one. */
  client: RedisClient | null;
  reject: (error: Error) => void;
}

/** A connection that reconnects when it is lost or stuck. */
export class Connection {
  readonly #make;
  readonly #timeouts;
  readonly #wrongServer;
  #client: RedisClient | null = null;
  #connectedAt = 0;
  /** The current attempt to connect; null between attempts and while connected. */
  #connecting: Promise<RedisClient> | null = null;
  #pause: Timer | null = null;
  /** Ordered as they were sent, which is the order of their answers. */
  readonly #calls = new Set<Call>();
  #usedAt = performance.now();
  /** Whether the connection was closed because it was unused. */
  #isIdle = false;
  #closed = false;

  /**
   * @param make returns a client that neither reconnects nor queues by itself
   * @param timeouts in milliseconds: for the answer to a call, and for an idle connection (0 for
   * never)
   * @param wrongServer tells the errors of a server that should not be used any longer; what to do
   * when one is met, beside replacing this connection
   */
  constructor(
    make: () => RedisClient,
    timeouts: { call: number; idle: number },
    wrongServer: { isMet(error: Error): boolean; onMet(): void },
  ) {
    this.#make = make;
    this.#wrongServer = wrongServer;
    this.#timeouts = timeouts;
    this.#connect();
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  /** Waits until the first attempt to connect has succeeded or failed. */
  async ready(): Promise<void> {
    await this.#connecting?.catch(() => undefined);
  }

  /**
   * Sends a command, or waits for the current attempt to connect and rejects when it fails. A
   * command that the wrong server refused is sent once more if there is a newer connection.
   */
  send(command: string, args: string[]): Promise<unknown> {
    if (this.#calls.size >= MAX_WAITING) return Promise.reject(away("too many calls wait for it"));
    this.#usedAt = performance.now();
    if (this.#isIdle) this.#connect();
    return new Promise((resolve, reject) => {
      const call: Call = { deadline: this.#usedAt + this.#timeouts.call, client: null, reject };
      this.#calls.add(call);
      const settle = (end: () => void): void => {
        this.#calls.delete(call);
        if (call.client !== null) this.#closeIfReplaced(call.client);
        end();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const go = (client: RedisClient, isFirst: boolean): void => {
        call.client = client;
        client.send(command, args).then(
          (answer) => settle(() => resolve(answer)),
          (error: Error) => {
            if (!this.#wrongServer.isMet(error)) return fail(error);
            this.#wrongServer.onMet();
            const isReplaced = this.#client !== client || this.renew();
            if (!isFirst || !isReplaced || !this.#calls.has(call)) return fail(error);
            call.client = null;
            this.#closeIfReplaced(client);
            start(false);
          },
        );
      };
      const start = (isFirst: boolean): void => {
        if (this.#client !== null) go(this.#client, isFirst);
        else if (this.#connecting !== null)
          this.#connecting.then((client) => go(client, isFirst), fail);
        else fail(away("it cannot be reached"));
      };
      start(true);
    });
  }

  /** Closes a connection that is stuck or idle for too long. To be called often. */
  watch(now: number): void {
    const [first] = this.#calls;
    const { idle } = this.#timeouts;
    if (first === undefined && this.isUp && idle > 0 && now - this.#usedAt > idle) {
      this.#isIdle = true;
      this.#client?.close();
    }
    // A client's answers come in order: when the first one is overdue, no other will come.
    if (first === undefined || first.deadline > now) return;
    const { client } = first;
    const calls = [...this.#calls].filter((call) => call.client === client);
    for (const call of calls) this.#calls.delete(call);
    client?.close();
    for (const call of calls) call.reject(away("it does not answer"));
  }

  /**
   * Connects again, and so resolves the server's name again, unless the connection is new. Calls
   * that were sent before still get their answers.
   *
   * @returns whether it does
   */
  renew(): boolean {
    const client = this.#client;
    if (client === null || performance.now() - this.#connectedAt < KEPT_AT_LEAST) return false;
    this.#client = null;
    this.#closeIfReplaced(client);
    if (!this.#closed) this.#connect();
    return !this.#closed;
  }

  close(): void {
    this.#closed = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#client?.close();
  }

  #connect(): void {
    this.#isIdle = false;
    const client = this.#make();
    client.onclose = () => this.#lost(client);
    const connecting = client.connect().then(() => client);
    this.#connecting = connecting;
    connecting.then(
      () => {
        this.#connecting = null;
        this.#connectedAt = performance.now();
        if (this.#closed) client.close();
        else this.#client = client;
      },
      () => {
        this.#connecting = null;
        this.#reconnectAfter(RECONNECT_PAUSE);
      },
    );
  }

  #lost(client: RedisClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    // The server may have closed an idle connection, so connect at once.
    this.#connecting = null;
    if (!this.#closed && !this.#isIdle) this.#connect();
  }

  /** Closes a client that another one replaced, once it has answered its calls. */
  #closeIfReplaced(client: RedisClient): void {
    if (client === this.#client) return;
    for (const call of this.#calls) if (call.client === client) return;
    client.close();
  }

  #reconnectAfter(pause: number): void {
    if (this.#closed) return;
    this.#pause = setTimeout(() => this.#connect(), pause);
    this.#pause.unref();
  }
}

const away = (why: string): StoreError => new StoreError("closed", `Redis is away: ${why}`);
