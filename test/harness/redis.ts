import { createServer } from "node:net";
import type { RedisOptions } from "../../src/store/redis/options.ts";
import { tempFolder } from "./temp-folder.ts";

/** A free port of 127.0.0.1. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const DATABASES = 512;

/** A redis-server of the tests' own, in a temporary folder, that writes every change to its file before it answers. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder = tempFolder();
  readonly #args: readonly string[];
  #process: Bun.Subprocess | null = null;
  #nextDb = 0;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** @param args further arguments of redis-server */
  static async start(...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.startAgain();
    return server;
  }

  /** A connection to a database that nobody used yet. */
  connection(members: Partial<RedisOptions> = {}): RedisOptions {
    const db = this.#nextDb;
    this.#nextDb += 1;
    return { host: "127.0.0.1", port: this.port, password: "", db, tls: false, idleTimeout: 0, ...members };
  }

  /** Starts it on its old data and port. */
  async startAgain(): Promise<void> {
    const settings = {
      port: this.port,
      bind: "127.0.0.1",
      dir: this.#folder.path,
      databases: DATABASES,
      appendonly: "yes",
      appendfsync: "always",
      save: "",
      daemonize: "no",
    };
    this.#process = Bun.spawn(
      [
        "redis-server",
        ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
        ...this.#args,
      ],
      { stdin: "ignore", stdout: "ignore", stderr: "ignore" },
    );
    for (let tries = 0; tries < 100; tries += 1) {
      if (this.cli("ping").startsWith("PONG") || this.cli("ping").startsWith("NOAUTH")) return;
      await Bun.sleep(30);
    }
    throw new Error("redis-server does not answer");
  }

  /** What redis-cli prints for a command. */
  cli(...args: string[]): string {
    const run = Bun.spawnSync(["redis-cli", "-p", String(this.port), ...args]);
    return run.stdout.toString().trim();
  }

  get folder(): string {
    return this.#folder.path;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#process?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.#folder[Symbol.dispose]();
  }
}
