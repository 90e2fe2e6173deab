import type { RedisClient } from "bun";
import { StoreError } from "../../core/store-error.ts";

/** Pauses between attempts to connect, in milliseconds: short, because service is to be back soon after the server is. */
const RECONNECT_PAUSE = 200;
/** Calls that wait at once, for their answers or for a connection. Beyond it the server is as good as away. */
const MAX_IN_HAND = 10_000;

interface Call {
  deadline: number;
  reject: (error: Error) => void;
}

/** One connection, which is made anew whenever it is lost, or stuck. */
export class Link {
  readonly #make;
  readonly #timeouts;
  #client: RedisClient | null = null;
  /** The attempt under way; null between attempts and while connected. */
  #connecting: Promise<RedisClient> | null = null;
  #pause: Timer | null = null;
  /** In the order in which they were sent, which is that of their answers. */
  readonly #calls = new Set<Call>();
  #usedAt = performance.now();
  /** Whether the connection was closed because nobody used it. */
  #isIdle = false;
  #closed = false;

  /**
   * @param make makes a client that neither connects again nor queues by itself
   * @param timeouts in milliseconds: how long a call may wait for its answer, and how long the connection for a call (0
   * for ever)
   */
  constructor(make: () => RedisClient, timeouts: { call: number; idle: number }) {
    this.#make = make;
    this.#timeouts = timeouts;
    this.#connect();
  }

  get isUp(): boolean {
    return this.#client !== null;
  }

  /** When the first attempt to connect has ended, well or not. */
  async ready(): Promise<void> {
    await this.#connecting?.catch(() => undefined);
  }

  /** Sends a command, at once or as soon as the connection is there; rejects when the attempt under way fails. */
  send(command: string, args: string[]): Promise<unknown> {
    if (this.#calls.size >= MAX_IN_HAND) return Promise.reject(away("too many calls wait for it"));
    this.#usedAt = performance.now();
    if (this.#isIdle) this.#connect();
    return new Promise((resolve, reject) => {
      const call: Call = { deadline: this.#usedAt + this.#timeouts.call, reject };
      this.#calls.add(call);
      const settle = (end: () => void): void => {
        this.#calls.delete(call);
        end();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const go = (client: RedisClient): void => {
        client.send(command, args).then((answer) => settle(() => resolve(answer)), fail);
      };
      if (this.#client !== null) go(this.#client);
      else if (this.#connecting !== null) this.#connecting.then(go, fail);
      else fail(away("it cannot be reached"));
    });
  }

  /** To be called often: closes the connection when it is stuck, or idle for too long. */
  watch(now: number): void {
    const [first] = this.#calls;
    const { idle } = this.#timeouts;
    if (first === undefined && this.isUp && idle > 0 && now - this.#usedAt > idle) {
      this.#isIdle = true;
      this.#client?.close();
    }
    // Answers come in order: when the first one is overdue, none will come any more.
    if (first === undefined || first.deadline > now) return;
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#client?.close();
    for (const call of calls) call.reject(away("it does not answer"));
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
        if (this.#closed) client.close();
        else this.#client = client;
      },
      () => {
        this.#connecting = null;
        this.#again(RECONNECT_PAUSE);
      },
    );
  }

  #lost(client: RedisClient): void {
    if (this.#client !== client) return;
    this.#client = null;
    // The server may only have closed an idle connection.
    this.#connecting = null;
    if (!this.#closed && !this.#isIdle) this.#connect();
  }

  #again(pause: number): void {
    if (this.#closed) return;
    this.#pause = setTimeout(() => this.#connect(), pause);
    this.#pause.unref();
  }
}

const away = (why: string): StoreError => new StoreError("closed", `Redis is away: ${why}`);
