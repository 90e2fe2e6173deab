import { connect, type Socket } from "node:net";

export interface LoadOptions {
  /** Clients at once. */
  clients: number;
  /** A connection for each request, instead of one for as long as the server keeps it. */
  fresh: boolean;
  /** Between an answer and the next request, in milliseconds. */
  pause?: number;
}

/** What an HTTP/1.1 server was asked without a pause, and how it went. */
export class Load {
  /** When each answer came, by `performance.now()`. */
  readonly answers: number[] = [];
  /** What each request that was not answered with 200 met, and when. */
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

  /** Ends it when the requests in hand are done. */
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
  /** What went wrong; null when nothing did. */
  reason: string | null;
  /** Nothing more can be asked on this connection. */
  isLast: boolean;
}

/** One connection of a client that never asks twice: what the server loses is lost. */
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
    this.#socket.on("data", (chunk) => this.#take(chunk.toString("latin1")));
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

  #take(text: string): void {
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
