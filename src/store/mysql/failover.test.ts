/** Failovers behind an address that stays the same, between two real servers. */
import { afterAll, expect, test } from "bun:test";
import { Forwarder } from "../../../test/harness/forwarder.ts";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { until } from "../../../test/harness/until.ts";
import { StoreError } from "../../core/store-error.ts";
import { Database } from "./database.ts";

/** Longer than a connection is kept whatever its server refuses. */
const AGED = 1100;

const [demoted, promoted] = await Promise.all([MariaDb.start(), MariaDb.start()]);
afterAll(() => {
  demoted[Symbol.dispose]();
  promoted[Symbol.dispose]();
});
for (const server of [demoted, promoted])
  await server.execute(`CREATE DATABASE d; CREATE TABLE d.t (x INT PRIMARY KEY);
    CREATE USER writer IDENTIFIED BY 'w'; GRANT ALL ON d.* TO writer`);
const writable = () => demoted.execute("SET GLOBAL read_only = 0, tx_read_only = 0");

/** Opens the database behind a forwarder, with a connection that is open and idle. */
async function open(poolSize = 4) {
  const forwarder = await Forwarder.start(demoted.port);
  const db = new Database({
    ...demoted.connection("d"),
    ...{ port: forwarder.port, user: "writer", password: "w", timeout: 10_000, poolSize },
  });
  await db.run("SELECT 1");
  return {
    ...{ forwarder, db },
    async [Symbol.asyncDispose]() {
      await db.close();
      await forwarder[Symbol.asyncDispose]();
    },
  };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** Makes the first server read-only, and the address lead to the second one. */
async function failOver({ forwarder }: Opened) {
  await demoted.execute("SET GLOBAL read_only = 1");
  forwarder.target = promoted.port;
}

const insert = (x: number) => `INSERT INTO t VALUES (${x})`;

interface FailedOver {
  name: string;
  write(opened: Opened): Promise<unknown>;
}

const WRITES: FailedOver[] = [
  {
    name: "a statement that may run twice",
    async write(opened) {
      await failOver(opened);
      await opened.db.run(insert(1));
    },
  },
  {
    name: "a statement that must not run twice",
    async write(opened) {
      await failOver(opened);
      await opened.db.runOnce(insert(1));
    },
  },
  {
    name: "the first write of a transaction",
    async write(opened) {
      await failOver(opened);
      await opened.db.transaction((queries) => queries.run(insert(1)));
    },
  },
  {
    name: "the commit of a transaction",
    async write(opened) {
      let runs = 0;
      await opened.db.transaction(async (queries) => {
        await queries.run(insert(1));
        runs += 1;
        if (runs === 1) await failOver(opened);
      });
      expect(runs).toBe(2);
    },
  },
  {
    name: "several writes at once, on more calls than connections",
    async write(opened) {
      await failOver(opened);
      await Promise.all(
        Array.from({ length: 30 }, (_, x) =>
          opened.db.transaction((queries) => queries.run(insert(x))),
        ),
      );
    },
  },
];

test.each(WRITES)(
  "a failover (1290) at $name is not noticed",
  async ({ write }) => {
    await using opened = await open();
    try {
      await Bun.sleep(AGED);
      await write(opened);
      expect(await promoted.execute("SELECT x FROM t WHERE x = 1", "d")).toHaveLength(1);
      expect(await demoted.execute("SELECT x FROM t", "d")).toEqual([]);
    } finally {
      await writable();
      await promoted.execute("DELETE FROM t", "d");
    }
  },
  30_000,
);

test("a session that may only read (1792) is left for one that may write", async () => {
  await demoted.execute("SET GLOBAL tx_read_only = 1");
  await using opened = await open();
  try {
    await expect(opened.db.run(insert(1))).rejects.toMatchObject({ kind: "closed" });
    await writable();
    await Bun.sleep(AGED);
    await opened.db.run(insert(1));
    expect(await demoted.execute("SELECT x FROM t", "d")).toHaveLength(1);
  } finally {
    await writable();
    await demoted.execute("DELETE FROM t", "d");
  }
}, 30_000);

test("a server that stays read-only answers reads, and is not connected to for every write", async () => {
  await using opened = await open();
  const { db, forwarder } = opened;
  try {
    await demoted.execute("SET GLOBAL read_only = 1");
    const [before, startedAt] = [forwarder.connections, performance.now()];
    let refused = 0;
    while (performance.now() - startedAt < 2000) {
      for (const outcome of await Promise.allSettled(
        [1, 2, 3, 4, 5].map((x) => db.run(insert(x))),
      )) {
        const error = outcome.status === "rejected" ? outcome.reason : null;
        expect(error).toBeInstanceOf(StoreError);
        expect(error).toMatchObject({
          kind: "closed",
          message: expect.stringContaining("read-only"),
        });
        refused += 1;
      }
      expect((await db.run("SELECT 1 AS one"))[0]).toEqual({ one: 1 });
    }
    const seconds = (performance.now() - startedAt) / 1000;
    // Each of the four connections is replaced at most once a second.
    expect(forwarder.connections - before).toBeWithin(1, 4 * (Math.ceil(seconds) + 1) + 1);
    expect(refused).toBeGreaterThan(4 * (Math.ceil(seconds) + 1));
    forwarder.target = promoted.port;
    await until(
      () =>
        db.run(insert(1)).then(
          () => true,
          () => false,
        ),
      10_000,
    );
  } finally {
    await writable();
    await promoted.execute("DELETE FROM t", "d");
  }
}, 30_000);
