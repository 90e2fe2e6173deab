import type { RedisOptions } from "../../src/store/redis/options.ts";
import { freePort } from "./free-port.ts";
import { tempFolder } from "./temp-folder.ts";

const DATABASES = 512;

/**
 * A private redis-server in a temporary folder, which writes every change to its file before it
 * answers.
 */
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

  /**
   * Starts a server on a free port.
   *
   * @param args further arguments of redis-server
   */
  static async start(...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.startAgain();
    return server;
  }

  /** Returns the connection options of an unused database. */
  connection(members: Partial<RedisOptions> = {}): RedisOptions {
    const db = this.#nextDb;
    this.#nextDb += 1;
    return {
      host: "127.0.0.1",
      port: this.port,
      user: "",
      password: "",
      db,
      tls: false,
      idleTimeout: 0,
      ...members,
    };
  }

  /** Starts the server on its data and port after `kill()`. */
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

  /** Runs a command by redis-cli and returns its output. */
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
