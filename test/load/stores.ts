import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DRIVER_NAMES, type DriverName } from "../../src/config/drivers/drivers.ts";
import { MariaDb } from "../harness/mariadb.ts";
import { killWithParent } from "../harness/reaper.ts";
import { RedisServer } from "../harness/redis.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import type { StorePlace } from "./stored-sessions.ts";

/** A private empty store, which is removed at the end of its scope. */
export interface MeasuredStore extends StorePlace, AsyncDisposable {
  /** Folder of its files. */
  files: string;
  /** Makes the server compact its files and update its statistics, as it does from time to time. */
  settle(): Promise<void>;
}

/**
 * Every change is in the file before it is answered, as in the tests. Only `settle()` rewrites the
 * file.
 */
const REDIS_OPTIONS = ["--auto-aof-rewrite-percentage", "0"];
/**
 * As a careful operator sets them: every commit is on the disk before it is answered, and the
 * sessions fit into memory.
 */
const MARIADB_OPTIONS = [
  "--innodb-flush-log-at-trx-commit=1",
  "--innodb-doublewrite=1",
  "--innodb-file-per-table=1",
  "--innodb-buffer-pool-size=2G",
  "--innodb-log-file-size=256M",
  "--max-connections=1000",
];

/** The stores by the names of their drivers. */
export const STORES: Readonly<
  Record<DriverName, { name: string; start(): Promise<MeasuredStore> }>
> = {
  lmdb: {
    name: "LMDB",
    async start() {
      const folder = tempFolder();
      const dataDir = join(folder.path, "data");
      return {
        ...{ address: "", dataDir, files: dataDir },
        settle: async () => undefined,
        async [Symbol.asyncDispose]() {
          folder[Symbol.dispose]();
        },
      };
    },
  },
  redis: {
    name: "Redis",
    async start() {
      const folder = tempFolder();
      const server = await RedisServer.start(...REDIS_OPTIONS);
      killWithParent(server.pid, server.folder);
      return {
        address: `redis://127.0.0.1:${server.port}/0`,
        dataDir: join(folder.path, "data"),
        files: server.folder,
        async settle() {
          server.cli("bgrewriteaof");
          const isBusy = (): boolean =>
            /aof_rewrite_(in_progress|scheduled):1/.test(server.cli("info", "persistence"));
          await until(() => !isBusy(), 60_000);
        },
        async [Symbol.asyncDispose]() {
          await server[Symbol.asyncDispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  },
  mysql: {
    name: "MySQL",
    async start() {
      const folder = tempFolder();
      const server = await MariaDb.start(...MARIADB_OPTIONS);
      killWithParent(server.pid, server.folder);
      const { user, password, port, database } = server.connection(await server.database());
      const tables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${database}'`;
      return {
        address: `mysql://${user}:${password}@127.0.0.1:${port}/${database}`,
        dataDir: join(folder.path, "data"),
        files: server.folder,
        async settle() {
          for (const { name } of await server.execute(tables))
            await server.execute(`ANALYZE TABLE ${name}`, database);
        },
        async [Symbol.asyncDispose]() {
          await server.kill();
          server[Symbol.dispose]();
          folder[Symbol.dispose]();
        },
      };
    },
  },
};

const isDriver = (name: string): name is DriverName => Object.hasOwn(STORES, name);

/** Returns the drivers that a list such as `lmdb,redis` names. */
export function parseDrivers(list: string): DriverName[] {
  const names = list.split(",");
  if (!names.every(isDriver)) throw new Error(`a store must be one of ${DRIVER_NAMES.join(", ")}`);
  return names;
}

/** Returns the bytes that a folder's files occupy on the disk. */
export const bytesOnDisk = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => {
      const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
      return sum + (found?.blocks ?? 0) * 512;
    }, 0);
