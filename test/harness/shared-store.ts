import { DRIVERS, type SharedDriverName } from "../../src/config/drivers/drivers.ts";
import { MariaDb } from "./mariadb.ts";
import { RedisServer } from "./redis.ts";

/** A private server of a store that several nodes can share. */
export interface SharedStore extends AsyncDisposable {
  /** Creates a database and returns its address, in the format of the option `store`. */
  address(): Promise<string>;
  kill(): Promise<void>;
  /** Starts the server on its data and port after `kill()`. */
  startAgain(): Promise<void>;
  /** Suspends the server: it neither answers nor refuses connections. */
  pause(): void;
  resume(): void;
}

async function redis(): Promise<SharedStore> {
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

async function mysql(): Promise<SharedStore> {
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

/** The kinds of shared stores. */
export const SHARED_STORES: Record<
  SharedDriverName,
  { name: string; start: () => Promise<SharedStore> }
> = {
  redis: { name: DRIVERS.redis.title, start: redis },
  mysql: { name: DRIVERS.mysql.title, start: mysql },
};
