/** A short run of the bench, to test its parts. `npm run bench` measures the figures. */
import { expect, test } from "bun:test";
import { SEARCH_PATH } from "../../scripts/programs.mjs";
import { runBench } from "./bench.ts";
import { goalsOf } from "./goals.ts";
import { REQUESTS } from "./kinds.ts";
import { report } from "./report.ts";

const HAS_NGINX = Bun.which("nginx", { PATH: SEARCH_PATH }) !== null;

/** The goals of one store, without its name and the size. */
const GOALS = [
  "verify ÷ a bare server's",
  "verify by two workers ÷ one worker",
  ...["due visit", "cached token", "REST verify", "mina/auth", "forward-auth"].map(
    (kind) => `${kind} ÷ verify`,
  ),
  "logins by 2 workers ÷ by one",
  "processor time of a login by 2 workers ÷ by one",
  "mixed load at half of its highest rate, p99 < 10 ms",
  "verify while 400 expired sessions are swept, p99.9 < 50 ms",
  "verify while 400 expired sessions are swept, slowest < 50 ms",
  "start to ready",
  "a worker's own memory at rest < 120 MiB",
  "a worker's own memory under load ≤ 110 MiB",
  "room of a session with a profile",
];

const PEERS = [
  "nginx alone",
  "nginx with auth_request to waferd",
  "waferd's forward-auth without nginx",
];

test("runBench() measures every request and goal, and report() shows all of them", async () => {
  const bench = runBench({
    ...{ stores: ["lmdb"], sessions: [300], workers: [1, 2], expired: [400, 0] },
    ...{ rounds: 1, seconds: 0.1, sweepSeconds: 1, starts: 1, warm: false },
    concurrency: { threads: 1, connections: 1 },
    peers: HAS_NGINX,
    report: () => undefined,
  });
  const figures = await Array.fromAsync(bench);
  const [{ comparisons = [], memory = [], mixed = undefined, peers = [] } = {}] = figures;
  const measured = comparisons.map(({ request, workers }) => `${request} by ${workers}`).sort();
  const byTwo = ["verify", "login", "cached token"].map((request) => `${request} by 2`);
  expect(measured).toEqual([...REQUESTS.map((request) => `${request} by 1`), ...byTwo].sort());
  for (const { waferd, bare } of comparisons)
    for (const [turn] of [waferd, bare]) expect(turn?.requests).toBeGreaterThan(0);
  expect(mixed?.requests).toBeGreaterThan(0);
  expect(memory.map(({ workers }) => workers)).toEqual([1, 2]);
  expect(peers.map(({ name }) => name)).toEqual(HAS_NGINX ? PEERS : []);
  for (const { requestsPerSecond } of peers) expect(requestsPerSecond).toBeGreaterThan(0);
  const goals = goalsOf(figures).map(({ what }) => what);
  for (const goal of GOALS) expect(goals).toContainEqual(expect.stringContaining(goal));
  const tables = report(figures);
  for (const title of ["Requests a second", "Start-up", "Memory", "Room", "Sweeping", "Goals"])
    expect(tables).toContain(`### ${title}\n\n| `);
  expect(tables).toContain("### Mixed load\n\n");
  expect(tables).not.toMatch(/NaN|Infinity|undefined/);
}, 60_000);
