/** Failovers of a shared store behind an address that stays the same. */
import { expect, test } from "bun:test";
import { Forwarder } from "../harness/forwarder.ts";
import { MariaDb } from "../harness/mariadb.ts";
import { APP, startProduction } from "../harness/production.ts";
import { killWithParent } from "../harness/reaper.ts";
import { RedisServer } from "../harness/redis.ts";
import { until } from "../harness/until.ts";

const EXCHANGE = "/sns/jscode2session";
/** Processes of a loaded machine may take long. */
const PATIENCE = 20_000;

/** A master and a replica of its data. */
interface Replicated extends AsyncDisposable {
  master: number;
  replica: number;
  /** Returns the address of the store, by the port at which it is reached. */
  address(port: number): string;
  /** Makes the master read-only, and waits until the replica has all that it accepted. */
  demote(): Promise<void>;
  /** Makes the replica accept writes. */
  promote(): Promise<void>;
}

async function redis(): Promise<Replicated> {
  const promptly = ["--repl-diskless-sync-delay", "0"];
  const [master, replica] = await Promise.all([
    RedisServer.start(...promptly),
    RedisServer.start(...promptly),
  ]);
  for (const { pid, folder } of [master, replica]) killWithParent(pid, folder);
  replica.cli("REPLICAOF", "127.0.0.1", String(master.port));
  await until(() => replica.cli("INFO", "replication").includes("master_link_status:up"), PATIENCE);
  const offset = (server: RedisServer, name: string) =>
    new RegExp(`${name}:(\\d+)`).exec(server.cli("INFO", "replication"))?.[1];
  return {
    master: master.port,
    replica: replica.port,
    address: (port) => `redis://127.0.0.1:${port}/0`,
    async demote() {
      await until(
        () => offset(master, "master_repl_offset") === offset(replica, "slave_repl_offset"),
        PATIENCE,
      );
      // Nothing listens there, so that it goes on with the data that it has.
      master.cli("REPLICAOF", "127.0.0.1", "1");
    },
    async promote() {
      replica.cli("REPLICAOF", "NO", "ONE");
    },
    async [Symbol.asyncDispose]() {
      await master[Symbol.asyncDispose]();
      await replica[Symbol.asyncDispose]();
    },
  };
}

async function mysql(): Promise<Replicated> {
  const [master, replica] = await Promise.all([
    MariaDb.start("--log-bin", "--server-id=1", "--binlog-format=ROW"),
    MariaDb.start("--server-id=2"),
  ]);
  for (const { pid, folder } of [master, replica]) killWithParent(pid, folder);
  const { user, password } = master.connection("");
  await replica.execute(`CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${master.port},
    MASTER_USER = '${user}', MASTER_PASSWORD = '${password}', MASTER_USE_GTID = slave_pos;
    SET GLOBAL read_only = 1; START SLAVE`);
  // An account that read-only servers refuse.
  await master.execute(`CREATE DATABASE cAuth; CREATE USER writer IDENTIFIED BY 'writes';
    GRANT ALL ON cAuth.* TO writer`);
  const position = async (server: MariaDb, variable: string) => {
    const [row] = await server.execute(`SELECT @@${variable} AS position`);
    return row.position;
  };
  return {
    master: master.port,
    replica: replica.port,
    address: (port) => `mysql://writer:writes@127.0.0.1:${port}/cAuth`,
    async demote() {
      await master.execute("SET GLOBAL read_only = 1");
      const reached = await position(master, "gtid_binlog_pos");
      await until(async () => (await position(replica, "gtid_slave_pos")) === reached, PATIENCE);
    },
    async promote() {
      await replica.execute("STOP SLAVE; SET GLOBAL read_only = 0");
    },
    async [Symbol.asyncDispose]() {
      master[Symbol.dispose]();
      replica[Symbol.dispose]();
    },
  };
}

test.each([
  { name: "Redis", start: redis },
  { name: "MariaDB", start: mysql },
])(
  "$name: a failover needs no restart, and no login meanwhile uses its code up",
  async ({ start }) => {
    await using servers = await start();
    await using forwarder = await Forwarder.start(servers.master);
    await using production = await startProduction({
      args: ["--workers", "2"],
      environment: { WAFERD_STORE: servers.address(forwarder.port) },
    });
    const { waferd, sandbox } = production;
    const before = (await production.login(production.user("alice"))).returnData;
    const check = () => waferd.call("qcloud.cam.auth", { id: before.id, skey: before.skey });
    await servers.demote();

    const [asked, startedAt] = [sandbox.calls(EXCHANGE), performance.now()];
    const codes = Array.from(
      { length: 20 },
      (_, number) => production.device(production.user(`user-${number}`)).code,
    );
    const logIn = (code: string) =>
      waferd.call("qcloud.cam.id_skey", { code }, { appid: APP.appid });
    const connections = forwarder.connections;
    while (performance.now() - startedAt < 1500)
      for (const answer of await Promise.all(codes.map(logIn)))
        expect([1001, 1006]).toContain(answer.returnCode);
    expect(sandbox.calls(EXCHANGE)).toBe(asked);
    expect((await check()).returnCode).toBe(0);
    // A connection is replaced once a second at most: 2 or 16 of them in each worker.
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect(forwarder.connections - connections).toBeLessThanOrEqual(32 * (seconds + 1));

    await servers.promote();
    forwarder.target = servers.replica;
    for (const code of codes)
      await until(async () => (await logIn(code)).returnCode === 0, PATIENCE);
    expect(sandbox.calls(EXCHANGE)).toBe(asked + codes.length);
    expect((await check()).returnCode).toBe(0);
    for (const code of codes) expect((await logIn(code)).returnCode).toBe(40029);
  },
  90_000,
);
