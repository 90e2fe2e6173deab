/** A short run of the bench, to test its parts. `npm run bench` measures the figures. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { SEARCH_PATH } from "../../scripts/programs.mjs";
import { DEFAULT_SETTINGS } from "../../src/core/apps/app.ts";
import { isVisitDue } from "../../src/core/sessions/session.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import { runBench } from "./bench.ts";
import { type ComparedRow, compareStore, reportComparison } from "./compare.ts";
import { goalsOf } from "./goals.ts";
import { measureHuge, reportHuge } from "./huge.ts";
import { REQUESTS, type RequestKind } from "./kinds.ts";
import { report } from "./report.ts";
import { APP, fillStore, makeDue, openPlace, proofOf } from "./stored-sessions.ts";

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
  "nginx with proxy_pass",
  expect.stringMatching(/^waferd's gateway, \d\.\d\d of its rate$/),
];

const TINY = {
  ...{ rounds: 1, seconds: 0.1, sweepSeconds: 0.1, starts: 1, warm: false },
  concurrency: { threads: 1, connections: 1 },
  report: () => undefined,
};

test("runBench() measures every request and goal, and report() shows all of them", async () => {
  const bench = runBench({
    ...TINY,
    ...{ stores: ["lmdb"], sessions: [300], workers: [1, 2], expired: [400, 0] },
    peers: HAS_NGINX,
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

test("measureHuge() finds every session that the load generator draws", async () => {
  const sizes = { small: 100, large: 300, expired: 10, fillSeconds: 60 };
  const figures = await measureHuge({ ...TINY, ...sizes });
  for (const { turns } of [figures.small, figures.large])
    expect(turns.map(([turn]) => turn?.requests)).toEqual(Array(3).fill(expect.any(Number)));
  const tables = reportHuge(figures);
  expect(
    tables.match(/^\| (verify, drawn from all|verify, of up to 100 000|login) \|/gm),
  ).toHaveLength(6);
  expect(tables).not.toMatch(/NaN|Infinity|undefined/);
}, 60_000);

test("compareStore() measures both builds, and names a row that one of them cannot do", async () => {
  const build = { source: join(import.meta.dir, "../.."), executable: EXECUTABLE };
  const options = { ...TINY, commit: "other", stores: [], sessions: 300, workers: [1] };
  // For due visits, the code of each build opens its store.
  const requests: RequestKind[] = ["verify", "due visit"];
  const rows = await compareStore("lmdb", build, { ...options, requests });
  expect(rows.map(({ request }) => request)).toEqual(requests);
  expect(rows.filter(({ turns }) => "problem" in turns)).toEqual([]);
  const [row] = rows;
  const cannot = { problem: "other cannot: the request fails" };
  const tables = reportComparison("other", [...rows, { ...row, turns: cannot } as ComparedRow]);
  expect(tables).toContain("other cannot");
  expect(tables).not.toMatch(/NaN|Infinity|undefined/);
}, 60_000);

test("makeDue() makes sessions due again whose visit was written", async () => {
  using folder = tempFolder();
  const place = { address: "", dataDir: join(folder.path, "data") };
  await fillStore({ ...place, sessions: 3 });
  for (const times of [0, 1]) {
    await makeDue(place, [1, 2], times);
    const store = await openPlace(place);
    const now = Date.now();
    const sessions = [0, 1, 2].map(async (number) => await store.sessions.get(proofOf(number).id));
    const due = (await Promise.all(sessions)).map(
      (session) => session && isVisitDue(session, DEFAULT_SETTINGS, now),
    );
    expect(due).toEqual([false, true, true]);
    const visit = { appid: APP.appid, ifVisitedBefore: now, lastVisitAt: now, expiresAt: now };
    const { id, skey } = proofOf(1);
    expect(await store.sessions.touch([{ ...visit, id, skeyHash: sha256(skey) }])).toBe(1);
    await store.close();
  }
}, 60_000);
