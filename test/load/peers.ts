import { sessionKey } from "../../src/store/redis/keys.ts";
import type { FilledStore } from "./filled-store.ts";
import { measureGateway } from "./gateway.ts";
import { SERVERS, startNginx } from "./nginx.ts";
import { type Server, startWaferd } from "./servers.ts";
import { APP, proofOf } from "./stored-sessions.ts";
import { checks, forwardAuthChecks } from "./traffic.ts";
import { processorOf, rateOf, type Subject, type TurnsOptions, takeTurns } from "./turns.ts";
import { type Concurrency, DEFAULT_CONCURRENCY, median } from "./wrk.ts";

/** The figures of another program, or of waferd beside it. */
export interface PeerFigures {
  /** Name for people. */
  name: string;
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Microseconds of its processor time a request; null where it was not measured. */
  processor: number | null;
}

export interface PeersOptions extends Omit<TurnsOptions, "onTurn"> {
  warm: boolean;
}

const COMMANDS = 200_000;
/** Number of redis-benchmark's threads; it has as many connections as wrk. */
const THREADS = 2;

/**
 * Measures what stands beside a store of waferd: on the embedded store, nginx with and without
 * `auth_request` to waferd, and the gateway beside nginx with `proxy_pass`; on Redis, `HGETALL` of a session by redis-benchmark.
 */
export async function measurePeers(
  store: FilledStore,
  options: PeersOptions,
): Promise<PeerFigures[]> {
  const { address } = store.place;
  if (address.startsWith("redis:")) return await measureRedis(store, address, options);
  return address === ""
    ? [...(await measureNginx(store, options)), ...(await measureGateway(options))]
    : [];
}

async function measureNginx(store: FilledStore, options: PeersOptions): Promise<PeerFigures[]> {
  await using waferd = await startWaferd(store.place);
  await using nginx = await startNginx(waferd.url);
  const subject = (server: Server, path: string): Subject => ({
    ...{ server, traffic: () => forwardAuthChecks(store, path) },
    ...{ warming: options.warm ? 1 : 0, look: !options.warm },
  });
  const names = new Map([
    [subject(nginx, "/alone/page"), "nginx alone"],
    [subject(nginx, "/guarded/page"), "nginx with auth_request to waferd"],
    [subject(waferd, "/forward-auth"), "waferd's forward-auth without nginx"],
  ]);
  const turns = await takeTurns([...names.keys()], options);
  return [...turns].map(([one, taken]) => ({
    name: names.get(one) ?? "",
    requestsPerSecond: rateOf(taken),
    p50: median(taken.map(({ p50 }) => p50)),
    p99: median(taken.map(({ p99 }) => p99)),
    processor: processorOf(taken),
  }));
}

async function measureRedis(
  store: FilledStore,
  address: string,
  options: PeersOptions,
): Promise<PeerFigures[]> {
  await using waferd = await startWaferd(store.place);
  const traffic = checks(store);
  const ours: Subject = {
    ...{ server: waferd, traffic: () => traffic },
    ...{ warming: options.warm ? 1 : 0, look: !options.warm },
  };
  const [taken = []] = (await takeTurns([ours], options)).values();
  const runs: Omit<PeerFigures, "name">[] = [];
  for (let round = 0; round < options.rounds; round += 1)
    runs.push(await benchmarkRedis(address, options.concurrency ?? DEFAULT_CONCURRENCY));
  return [
    {
      name: "redis-benchmark, HGETALL of a session",
      requestsPerSecond: median(runs.map((run) => run.requestsPerSecond)),
      p50: median(runs.map(({ p50 }) => p50)),
      p99: median(runs.map(({ p99 }) => p99)),
      processor: null,
    },
    {
      name: "waferd's verify",
      requestsPerSecond: rateOf(taken),
      p50: median(taken.map(({ p50 }) => p50)),
      p99: median(taken.map(({ p99 }) => p99)),
      processor: processorOf(taken),
    },
  ];
}

/** Runs redis-benchmark once. @throws Error when it fails or the session is missing */
async function benchmarkRedis(
  address: string,
  { connections }: Concurrency,
): Promise<Omit<PeerFigures, "name">> {
  const { port } = new URL(address);
  const key = sessionKey(APP.appid, proofOf(0).id);
  const fields = Bun.spawnSync(["redis-cli", "-p", port, "hlen", key], { env: SERVERS });
  if (Number(fields.stdout.toString()) === 0) throw new Error(`${key} is not in Redis`);
  const run = Bun.spawn(
    [
      ...["redis-benchmark", "-p", port, "-c", `${connections}`, "-n", `${COMMANDS}`],
      ...["--threads", `${THREADS}`, "--csv", "hgetall", key],
    ],
    { env: SERVERS, stdout: "pipe", stderr: "pipe" },
  );
  const [exit, text] = await Promise.all([run.exited, new Response(run.stdout).text()]);
  // "test","rps","avg_latency_ms","min…","p50…","p95…","p99…","max…"
  const last = text.trim().split("\n").at(-1) ?? "";
  const cells = [...last.matchAll(/"([^"]*)"/g)].map(([, cell]) => Number(cell));
  const [, requestsPerSecond = 0, , , p50 = 0, , p99 = 0] = cells;
  if (exit !== 0 || !(requestsPerSecond > 0))
    throw new Error(`redis-benchmark ended with ${exit}:\n${text}`);
  return { requestsPerSecond, p50, p99, processor: null };
}
