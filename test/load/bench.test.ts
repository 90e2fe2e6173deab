/** A short run of the bench, to test its parts. `npm run bench` measures the figures. */
import { expect, test } from "bun:test";
import { runBench } from "./bench.ts";
import { REQUESTS } from "./rates.ts";
import { report } from "./report.ts";

test("runBench() measures every request and size, and report() shows all of them in its tables", async () => {
  const bench = runBench({
    ...{ stores: ["lmdb"], sessions: [300], workers: [1], expired: [400, 0] },
    ...{ rounds: 1, seconds: 1, sweepSeconds: 1, starts: 1, warm: false },
    concurrency: { threads: 1, connections: 1 },
    report: () => undefined,
  });
  const figures = await Array.fromAsync(bench);
  const [{ comparisons = [], memory = [] } = {}] = figures;
  const measured = comparisons.map(({ request, workers }) => `${request} by ${workers}`).sort();
  expect(measured).toEqual([...REQUESTS.map((request) => `${request} by 1`), "verify by 2"].sort());
  for (const { waferd, bare } of comparisons)
    for (const [turn] of [waferd, bare]) expect(turn?.requests).toBeGreaterThan(0);
  expect(memory.map(({ workers }) => workers)).toEqual([1, 2]);
  const tables = report(figures);
  for (const title of ["Requests a second", "Start-up", "Memory", "Room", "Sweeping", "Goals"])
    expect(tables).toContain(`### ${title}\n\n| `);
  expect(tables).not.toMatch(/NaN|Infinity|undefined/);
}, 60_000);
