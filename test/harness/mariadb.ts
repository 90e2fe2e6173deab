import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MySqlOptions } from "../../src/store/mysql/connection.ts";
import { tempFolder } from "./temp-folder.ts";

const USER = "waferd";
const PASSWORD = "the-password-of-the-test-database";
/** Statements that create the accounts, one a line, as mariadbd reads its init file. */
const ACCOUNTS = ["localhost", "%"]
  .map(
    (host) =>
      `CREATE USER IF NOT EXISTS '${USER}'@'${host}' IDENTIFIED BY '${PASSWORD}';\nGRANT ALL ON *.* TO '${USER}'@'${host}' WITH GRANT OPTION;\n`,
  )
  .join("");
/** Debian keeps servers in folders that only root's shell searches. */
const MARIADBD = Bun.which("mariadbd", {
  PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin`,
});
const START_DEADLINE = 20_000;

/** A private MariaDB server on a free loopback port, with its data in a temporary folder. */
export class MariaDb implements Disposable {
  readonly port: number;
  readonly #folder: { path: string } & Disposable;
  readonly #options: readonly string[];
  #process: Bun.Subprocess | null = null;
  #databases = 0;

  private constructor(folder: { path: string } & Disposable, options: readonly string[]) {
    this.#folder = folder;
    this.#options = options;
    this.port = freePort();
  }

  /** @param options further options of mariadbd, such as `--ssl-cert=…` */
  static async start(...options: string[]): Promise<MariaDb> {
    if (MARIADBD === null) throw new Error("mariadbd is missing: install mariadb-server-core");
    const folder = tempFolder();
    const made = Bun.spawnSync([
      "mariadb-install-db",
      "--no-defaults",
      `--datadir=${join(folder.path, "data")}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    ]);
    if (made.exitCode !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`);
    await Bun.write(join(folder.path, "accounts.sql"), ACCOUNTS);
    mkdirSync(join(folder.path, "tmp"));
    const server = new MariaDb(folder, options);
    try {
      await server.start();
    } catch (error) {
      server[Symbol.dispose]();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** Starts the server on its data and port, again after `kill()` or `stop()`. */
  async start(): Promise<void> {
    const { path } = this.#folder;
    this.#process = Bun.spawn(
      [
        ...[
          MARIADBD ?? "mariadbd",
          "--no-defaults",
          "--user=root",
          "--bind-address=127.0.0.1",
          `--port=${this.port}`,
        ],
        `--datadir=${join(path, "data")}`,
        `--socket=${join(path, "s")}`,
        `--pid-file=${join(path, "pid")}`,
        `--tmpdir=${join(path, "tmp")}`,
        `--init-file=${join(path, "accounts.sql")}`,
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=64M",
        // A commit is handed to the kernel, so that it survives a kill, without waiting for the
        // disk.
        "--innodb-flush-log-at-trx-commit=2",
        "--innodb-doublewrite=0",
        "--innodb-file-per-table=0",
        "--character-set-server=latin1",
        ...this.#options,
      ],
      { stdout: "ignore", stderr: Bun.file(join(path, "log")) },
    );
    const deadline = Date.now() + START_DEADLINE;
    while (!(await this.#answers())) {
      if (this.#process.exitCode !== null || Date.now() > deadline)
        throw new Error(
          `mariadbd does not start:\n${(await Bun.file(join(path, "log")).text()).slice(-2000)}`,
        );
      await Bun.sleep(20);
    }
  }

  /** Creates an empty database and returns its name. */
  async database(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.execute(`CREATE DATABASE ${name}`);
    return name;
  }

  connection(database: string): MySqlOptions {
    return {
      host: "127.0.0.1",
      port: this.port,
      user: USER,
      password: PASSWORD,
      database,
      tls: false,
    };
  }

  /** Runs statements, and returns the rows of the last one that has any. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of any statement
  async execute(sql: string, database = ""): Promise<any[]> {
    const client = this.#client(database);
    try {
      const result = await client.unsafe(sql);
      const results = (Array.isArray(result[0]) ? result : [result]) as unknown[][];
      return results.findLast((rows) => rows.length > 0) ?? [];
    } finally {
      await client.close({ timeout: 0 });
    }
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }

  async stop(): Promise<void> {
    this.#process?.kill("SIGTERM");
    await this.#process?.exited;
  }

  /** Suspends the server: it neither answers nor refuses connections. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  [Symbol.dispose](): void {
    this.#process?.kill("SIGKILL");
    rmSync(this.#folder.path, { recursive: true, force: true });
  }

  /** Connects by the socket, which works whatever options the server has for the network. */
  #client(database: string): Bun.SQL {
    return new Bun.SQL("mysql://localhost", {
      adapter: "mysql",
      path: join(this.#folder.path, "s"),
      username: USER,
      password: PASSWORD,
      database,
      max: 1,
      connectionTimeout: 2,
    });
  }

  async #answers(): Promise<boolean> {
    return this.execute("SELECT 1").then(
      () => true,
      () => false,
    );
  }
}

function freePort(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  const { port } = listener;
  listener.stop(true);
  return port;
}
