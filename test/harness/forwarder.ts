import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A stable address in front of servers, as a load balancer or a virtual address is. New connections
 * go to the current target; those that are open stay with the server that they have.
 */
export class Forwarder implements AsyncDisposable {
  /** The port on 127.0.0.1 that new connections are forwarded to. */
  target: number;
  /** How many milliseconds a new connection waits before it is forwarded. */
  delay = 0;
  /** How many connections there have been. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.target = target;
    this.#server = createServer((client) => setTimeout(() => this.#forward(client), this.delay));
  }

  static async start(target: number): Promise<Forwarder> {
    const forwarder = new Forwarder(target);
    await new Promise<void>((resolve) =>
      forwarder.#server.listen({ host: "127.0.0.1", port: 0 }, resolve),
    );
    return forwarder;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket): void {
    this.connections += 1;
    const server = connect({ host: "127.0.0.1", port: this.target });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (bytes) => to.write(bytes));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
