/** Failovers behind an address that stays the same, between two real servers. */
import { expect, test } from "bun:test";
import { sampleIssue, sampleRef } from "../../../test/conformance/samples.ts";
import { Forwarder } from "../../../test/harness/forwarder.ts";
import { RedisServer } from "../../../test/harness/redis.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { until } from "../../../test/harness/until.ts";
import { StoreError } from "../../core/store-error.ts";
import { openRedisStore } from "./driver.ts";

/** Longer than a connection is kept whatever its server refuses. */
const AGED = 1100;

/** A master where nothing listens: its replica goes on with the data that it has. */
const NOBODY = ["127.0.0.1", "1"] as const;

/** A master and its replica, and a store on the master behind a forwarder. */
async function openPair() {
  const folder = tempFolder();
  const promptly = ["--repl-diskless-sync-delay", "0"];
  const master = await RedisServer.start(...promptly);
  const replica = await RedisServer.start(...promptly);
  replica.cli("REPLICAOF", "127.0.0.1", String(master.port));
  const forwarder = await Forwarder.start(master.port);
  const store = await openRedisStore({
    redis: { ...master.connection(), port: forwarder.port },
    dataDir: folder.path,
    masterKey: null,
    sandbox: false,
  });
  /** Waits until the replica has everything. */
  const replicated = async () => {
    await until(() => replica.cli("INFO", "replication").includes("master_link_status:up"), 20_000);
    master.cli("WAIT", "1", "5000");
  };
  return {
    ...{ master, replica, forwarder, store, replicated },
    async [Symbol.asyncDispose]() {
      await store.close();
      await forwarder[Symbol.asyncDispose]();
      await master[Symbol.asyncDispose]();
      await replica[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

type Pair = Awaited<ReturnType<typeof openPair>>;

interface Demotion {
  error: string;
  /** A command that the master refuses so. */
  probe: string[];
  demote(pair: Pair): void | Promise<void>;
}

const DEMOTIONS: Demotion[] = [
  {
    error: "READONLY",
    probe: ["SET", "x", "y"],
    demote: ({ master }) => void master.cli("REPLICAOF", ...NOBODY),
  },
  {
    error: "MASTERDOWN",
    probe: ["GET", "x"],
    demote({ master }) {
      master.cli("CONFIG", "SET", "replica-serve-stale-data", "no");
      master.cli("REPLICAOF", ...NOBODY);
    },
  },
  {
    error: "NOREPLICAS",
    probe: ["SET", "x", "y"],
    demote: ({ master }) => void master.cli("CONFIG", "SET", "min-replicas-to-write", "1"),
  },
];

test.each(DEMOTIONS)(
  "after a failover of a master that answers $error, the next calls succeed on the new one",
  async ({ error, probe, demote }) => {
    await using pair = await openPair();
    const { master, replica, forwarder, store, replicated } = pair;
    await store.sessions.issue(sampleIssue(1));
    await replicated();
    await Bun.sleep(AGED);
    replica.cli("REPLICAOF", "NO", "ONE");
    forwarder.target = replica.port;
    await demote(pair);
    expect(master.cli(...probe)).toStartWith(error);

    const visit = { lastVisitAt: sampleIssue(1).loginAt + 100_000, expiresAt: 4e12 };
    const outcomes = await Promise.all([
      store.sessions.touch([
        { ...sampleRef(1), ...visit, ifVisitedBefore: visit.lastVisitAt - 1000 },
      ]),
      store.sessions.get("session-1"),
      store.claims.claim("code", 0, 1000),
      store.idempotency.begin("key", new Uint8Array(32), 0, 1000),
      store.sessions.issue(sampleIssue(2, { openid: "openid-of-bob" })),
    ]);
    expect(outcomes).toMatchObject([
      1,
      { openid: "openid-of-alice" },
      { state: "claimed" },
      { state: "begun" },
      { isNew: true },
    ]);
    expect(replica.cli("EXISTS", `sess_${sampleIssue(2).appid}_session-2`)).toBe("1");
  },
  30_000,
);

test("a server that stays read-only answers reads, and is not connected to for every write", async () => {
  await using pair = await openPair();
  const { master, replica, forwarder, store, replicated } = pair;
  await store.sessions.issue(sampleIssue(1));
  await replicated();
  master.cli("REPLICAOF", ...NOBODY);
  const [before, startedAt] = [forwarder.connections, performance.now()];
  let refused = 0;
  while (performance.now() - startedAt < 2000) {
    const claims = Array.from({ length: 20 }, (_, number) =>
      store.claims.claim(`code-${number}`, 0, 1000),
    );
    for (const outcome of await Promise.allSettled(claims)) {
      const error = outcome.status === "rejected" ? outcome.reason : null;
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ kind: "closed", message: expect.stringContaining("READONLY") });
      refused += 1;
    }
    expect(await store.sessions.get("session-1")).not.toBeNull();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  // Each of the two connections is replaced at most once a second.
  expect(forwarder.connections - before).toBeWithin(2, 2 * (Math.ceil(seconds) + 1) + 1);
  expect(refused).toBeGreaterThan(20);
  replica.cli("REPLICAOF", "NO", "ONE");
  forwarder.target = replica.port;
  const isAccepted = () =>
    store.claims.claim("code", 0, 1000).then(
      ({ state }) => state === "claimed",
      () => false,
    );
  await until(isAccepted, 10_000);
}, 30_000);

test("replies that were on their way when the connections are replaced arrive", async () => {
  await using pair = await openPair();
  const { master, replica, forwarder, store, replicated } = pair;
  await store.sessions.issue(sampleIssue(1));
  await replicated();
  await Bun.sleep(AGED);
  replica.cli("REPLICAOF", "NO", "ONE");
  forwarder.target = replica.port;
  master.cli("REPLICAOF", ...NOBODY);
  const reads = Array.from({ length: 200 }, () => store.sessions.get("session-1"));
  const writes = Array.from({ length: 200 }, (_, number) =>
    store.claims.claim(`code-${number}`, 0, 1000),
  );
  for (const session of await Promise.all(reads))
    expect(session).toMatchObject({ openid: "openid-of-alice" });
  for (const claim of await Promise.all(writes)) expect(claim).toEqual({ state: "claimed" });
}, 30_000);
