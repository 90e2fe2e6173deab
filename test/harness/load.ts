import { connect, type Socket } from "node:net";

export interface LoadOptions {
  /** Number of concurrent clients. */
  clients: number;
  /** Opens a connection for each request, instead of reusing it while the server keeps it open. */
  fresh: boolean;
  /** Milliseconds between an answer and the next request. */
  pause?: number;
}

/** Continuous requests to an HTTP/1.1 server, with their outcomes. */
export class Load {
  /** Times of the answers, by `performance.now()`. */
  readonly answers: number[] = [];
  /** The requests that were not answered with 200, with time and reason. */
  readonly failures: { at: number; reason: string }[] = [];
  readonly #url;
  readonly #options;
  readonly #clients: Promise<void>[];
  #isOn = true;

  constructor(url: string, options: LoadOptions) {
    this.#url = new URL(url);
    this.#options = options;
    this.#clients = Array.from({ length: options.clients }, () => this.#run());
  }

  /** Sends no further requests, and waits for those in progress. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#clients);
  }

  async #run(): Promise<void> {
    const { fresh, pause = 1 } = this.#options;
    let connection: Connection | null = null;
    while (this.#isOn) {
      connection ??= new Connection(this.#url);
      const outcome = await connection.request();
      const at = performance.now();
      if (outcome.reason === null) this.answers.push(at);
      else this.failures.push({ at, reason: outcome.reason });
      if (fresh || outcome.isLast) {
        connection.close();
        connection = null;
      }
      await Bun.sleep(pause);
    }
    connection?.close();
  }
}

interface Outcome {
  /** Reason of the failure; null after a success. */
  reason: string | null;
  /** The connection takes no further requests. */
  isLast: boolean;
}

/** A connection of a client that never retries: a request that the server loses is a failure. */
class Connection {
  readonly #socket: Socket;
  readonly #request;
  #received = "";
  #done: ((outcome: Outcome) => void) | null = null;

  constructor(url: URL) {
    const body = '{"interface":{}}';
    this.#request = `POST / HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (chunk) => this.#receive(chunk.toString("latin1")));
    this.#socket.on("error", (error) => this.#fail(error.message));
    this.#socket.on("close", () => this.#fail("closed without an answer"));
  }

  request(): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) resolve({ reason: "closed before the request", isLast: true });
      this.#received = "";
      this.#done = resolve;
      this.#socket.write(this.#request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const [, head = "", body = ""] = /^(.*?\r\n)\r\n(.*)$/s.exec(this.#received) ?? [];
    const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
    if (length === undefined || body.length < Number(length)) return;
    const reason = head.startsWith("HTTP/1.1 200 ") ? null : (head.split("\r\n")[0] ?? "");
    this.#finish({ reason, isLast: /^connection: close\r$/im.test(head) });
  }

  #fail(reason: string): void {
    this.#finish({ reason, isLast: true });
  }

  #finish(outcome: Outcome): void {
    this.#done?.(outcome);
    this.#done = null;
  }
}
