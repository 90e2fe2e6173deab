import { connect, type Socket } from "node:net";

/** An answer as it came. */
export interface WireAnswer {
  status: number;
  /** Status line and headers. */
  head: string;
  body: string;
}

/** Longest wait for an answer, in milliseconds. */
const PATIENCE_MS = 60_000;
/** How long to wait for an answer to bytes that may be anything, in milliseconds. */
const SILENCE_MS = 40;

/**
 * A client that sends bytes as they are, and keeps a connection as long as the server does. One
 * request at a time.
 */
export class Wire {
  readonly #port;
  #socket: Socket | null = null;
  #received: Buffer = Buffer.alloc(0);
  #notify: (() => void) | null = null;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /**
   * Sends a whole request.
   *
   * @returns null when the server closed the connection without an answer
   * @throws Error when there is no answer in time
   */
  async send(request: Buffer, isHead: boolean): Promise<WireAnswer | null> {
    const socket = this.#connection();
    this.#received = Buffer.alloc(0);
    socket.write(request);
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const whole = answerIn(this.#received, isHead);
      if (whole !== null) {
        if (/^connection: close\r$/im.test(whole.head)) this.close();
        return whole;
      }
      if (socket.destroyed) {
        this.close();
        return answerIn(this.#received, isHead, true);
      }
      if (performance.now() > deadline) throw new Error("no answer");
      await this.#more(PATIENCE_MS);
    }
  }

  /** Sends any bytes on a connection of their own. Returns what the server says to them. */
  async throwAt(bytes: Buffer, { halfClose }: { halfClose: boolean }): Promise<string> {
    this.close();
    const socket = this.#connection();
    this.#received = Buffer.alloc(0);
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
    let length = -1;
    while (!socket.destroyed && this.#received.length > length) {
      length = this.#received.length;
      await this.#more(SILENCE_MS);
    }
    this.close();
    return this.#received.toString();
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #connection(): Socket {
    if (this.#socket !== null && !this.#socket.destroyed) return this.#socket;
    const socket = connect({ port: this.#port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setNoDelay(true);
    const told = (): void => {
      this.#notify?.();
      this.#notify = null;
    };
    socket.on("data", (chunk: Buffer) => {
      if (this.#socket !== socket) return;
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      told();
    });
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.destroy());
    socket.on("close", told);
    this.#socket = socket;
    return socket;
  }

  #more(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, ms);
      this.#notify = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}

/**
 * Returns the answer at the begin of what was received; null while it is not whole.
 *
 * @param isOver whether nothing more comes
 */
function answerIn(received: Buffer, isHead: boolean, isOver = false): WireAnswer | null {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = received.toString("latin1", 0, end + 2);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  const rest = received.subarray(end + 4);
  if (isHead || status === 204 || status === 304) return { status, head, body: "" };
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  if (length !== undefined)
    return rest.length < Number(length) && !isOver ? null : { status, head, body: rest.toString() };
  const isWhole = rest.indexOf("0\r\n\r\n") >= 0;
  return isOver || isWhole ? { status, head, body: rest.toString() } : null;
}
