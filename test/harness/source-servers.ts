import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { killWithParent } from "./reaper.ts";
import { tempFolder } from "./temp-folder.ts";

const START_DEADLINE = 30_000;
/** Contains characters that are percent-encoded in an address. */
const PASSWORD = "p@ss/w:rd#1";

/** A private MariaDB with the clients that dump it. It ends with this process. */
export class SourceMariaDb {
  readonly port: number;
  readonly #folder: string;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  static async start(): Promise<SourceMariaDb> {
    const { path } = tempFolder();
    const server = new SourceMariaDb(path, await freePort());
    const data = `--datadir=${join(path, "data")}`;
    const made = Bun.spawnSync([
      ...["mariadb-install-db", "--no-defaults", data],
      ...["--auth-root-authentication-method=normal", "--skip-test-db"],
    ]);
    if (made.exitCode !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`);
    const daemon = Bun.spawn(
      [
        ...["mariadbd", "--no-defaults", "--user=root", "--bind-address=127.0.0.1", data],
        ...[
          `--port=${server.port}`,
          `--socket=${server.#socket}`,
          `--pid-file=${join(path, "pid")}`,
        ],
        // Old tables contain zero dates.
        ...["--sql-mode=", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"],
      ],
      { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(path, "log")) },
    );
    killWithParent(daemon.pid, path);
    const deadline = Date.now() + START_DEADLINE;
    while (server.#client("SELECT 1").exitCode !== 0) {
      if (daemon.exitCode !== null || Date.now() > deadline)
        throw new Error(`mariadbd does not start: ${await Bun.file(join(path, "log")).text()}`);
      await Bun.sleep(50);
    }
    server.execute(
      `CREATE USER 'old'@'%' IDENTIFIED BY '${PASSWORD}'; GRANT SELECT, INSERT ON *.* TO 'old'@'%'`,
    );
    return server;
  }

  get #socket(): string {
    return join(this.#folder, "s");
  }

  /** Returns the address of a database, for a user who may read and insert. */
  address(database: string, password = PASSWORD): string {
    return `mysql://old:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  execute(sql: string, database = ""): string {
    const run = this.#client(sql, database);
    if (run.exitCode !== 0) throw new Error(run.stderr.toString());
    return run.stdout.toString();
  }

  /** Dumps a database by mariadb-dump. */
  dump(database: string, ...options: string[]): Buffer {
    const run = Bun.spawnSync([
      ...[
        "mariadb-dump",
        "--no-defaults",
        "--user=root",
        `--socket=${this.#socket}`,
        ...options,
        database,
      ],
    ]);
    if (run.exitCode !== 0) throw new Error(run.stderr.toString());
    return run.stdout;
  }

  #client(sql: string, database = ""): Bun.SyncSubprocess<"pipe", "pipe"> {
    return Bun.spawnSync(
      [
        ...["mariadb", "--no-defaults", "--user=root", `--socket=${this.#socket}`],
        ...["--default-character-set=utf8mb4", "--batch", "--skip-column-names", database],
      ],
      { stdin: Buffer.from(sql) },
    );
  }
}
