import { MariaDb } from "./mariadb.ts";
import { RedisServer } from "./redis.ts";

/** A server of a shared store, of the tests' own. */
export interface SharedStore extends AsyncDisposable {
  /** What `store` says for a database in it that nobody used yet. */
  address(): Promise<string>;
  kill(): Promise<void>;
  /** On its old data and port. */
  startAgain(): Promise<void>;
  /** Lets it hang, and go on. */
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

export const SHARED_STORES: readonly [name: string, start: () => Promise<SharedStore>][] = [
  ["Redis", redis],
  ["MySQL", mysql],
];
