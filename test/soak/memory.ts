import { clock, random } from "../../src/main/ports.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { FilledStore } from "../load/filled-store.ts";
import { Requests } from "../load/kinds.ts";
import { openLoad } from "../load/open-loop.ts";
import { memoryOf } from "../load/process-figures.ts";
import { startWaferd } from "../load/servers.ts";
import { APP } from "../load/stored-sessions.ts";
import type { Part } from "./part.ts";

const WORKERS = 2;
/** Requests a second of the mixed load: what two workers on a busy machine can do. */
const RATE = 2000;
/** The most seconds of load between two looks at the memory. */
const STEP_SECONDS = 10;
const FEWEST_STEPS = 4;
/** Shorter runs end before the heaps have their size: their figures are only printed. */
const JUDGED_FROM_SECONDS = 600;
const SESSIONS = { judged: 50_000, short: 2000 };
/**
 * A worker's memory grows without bound when its maximum in the last quarter of the run is above
 * that of the second quarter by more than this part of it and this many MiB. The first quarter is
 * for heaps and caches to fill.
 */
const GROWTH = { part: 0.15, mib: 8 };
const POINTS = 12;

/** The own memory of a worker in MiB, after each step. */
export type Series = readonly number[];

/** Tells whether a worker's memory has grown more than GROWTH allows. */
export function hasGrown(series: Series): boolean {
  const quarter = series.length / 4;
  const most = (from: number): number =>
    Math.max(...series.slice(Math.floor(from * quarter), Math.ceil((from + 1) * quarter)));
  return most(3) > most(1) * (1 + GROWTH.part) + GROWTH.mib;
}

/** An hour of checks, visits and logins. Its rounds are seconds. */
export const MEMORY: Part = {
  name: "memory",
  rounds: 3600,
  async run({ rounds, report }) {
    const isJudged = rounds >= JUDGED_FROM_SECONDS;
    await using scope = new AsyncDisposableStack();
    const sandbox = await startSandbox({ clock, random });
    scope.defer(() => sandbox.stop());
    sandbox.world.apps.set(APP.appid, APP.secret);
    const sessions = isJudged ? SESSIONS.judged : SESSIONS.short;
    const store = scope.use(await FilledStore.make("lmdb", sessions));
    const { apiBase } = sandbox;
    const waferd = scope.use(await startWaferd(store.place, { workers: WORKERS, apiBase }));
    const requests = new Requests(sandbox);
    const seconds = Math.min(STEP_SECONDS, rounds / FEWEST_STEPS);
    const series: number[][] = waferd.workers.map(() => []);
    let sent = 0;
    for (let done = 0; done < rounds; done += seconds) {
      const traffic = await requests.mixed(store, Math.ceil(RATE * seconds));
      sent += (await openLoad({ ...traffic, url: waferd.url, rate: RATE })).requests;
      for (const [worker, pid] of waferd.workers.entries())
        series[worker]?.push(Math.round(memoryOf(pid).own / 2 ** 20));
      const now = series.map((of) => of.at(-1)).join(" and ");
      report(Math.round(done + seconds), `the workers' own memory is ${now} MiB`);
    }
    const told = series.map((of, worker) => `worker ${worker + 1}: ${thinned(of).join(" ")} MiB`);
    const figures = `${sent} requests, own memory over time, ${told.join("; ")}`;
    if (isJudged && series.some(hasGrown)) throw new Error(`memory grows: ${figures}`);
    return figures;
  },
};

/** Returns POINTS members of a series, evenly spread, the last among them. */
const thinned = (series: Series): Series => {
  const stride = Math.max(1, Math.ceil(series.length / POINTS));
  return series.filter((_, place) => (series.length - 1 - place) % stride === 0);
};
