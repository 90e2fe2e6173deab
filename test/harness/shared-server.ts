import {
  DRIVERS,
  SHARED_DRIVER_NAMES,
  type SharedDriverName,
} from "../../src/config/drivers/drivers.ts";
import { MariaDb } from "./mariadb.ts";
import { RedisServer } from "./redis.ts";

/** A database server for the tests. */
export interface SharedServer extends AsyncDisposable {
  /** Returns the address of a new empty database, as the option `store` takes it. */
  address(): Promise<string>;
  kill(): Promise<void>;
  /** Starts it with its previous data and port. */
  startAgain(): Promise<void>;
  /** Suspends the process, so that the server hangs until `resume`. */
  pause(): void;
  resume(): void;
}

async function redis(): Promise<SharedServer> {
  const server = await RedisServer.start();
  return {
    address: async () => `redis://127.0.0.1:${server.port}/${server.connection().db}`,
    kill: () => server.kill(),
    startAgain: () => server.startAgain(),
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function mysql(): Promise<SharedServer> {
  const server = await MariaDb.start();
  return {
    async address() {
      const { user, password, port, database } = server.connection(await server.database());
      return `mysql://${user}:${password}@127.0.0.1:${port}/${database}`;
    },
    kill: () => server.kill(),
    startAgain: () => server.start(),
    pause: () => server.pause(),
    resume: () => server.resume(),
    async [Symbol.asyncDispose]() {
      server[Symbol.dispose]();
    },
  };
}

/** Starts a server for each shared driver. */
export const START_SERVER: Record<SharedDriverName, () => Promise<SharedServer>> = { redis, mysql };

export const SHARED_SERVERS = SHARED_DRIVER_NAMES.map(
  (name) => [DRIVERS[name].title, START_SERVER[name]] as const,
);
