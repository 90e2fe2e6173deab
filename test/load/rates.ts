import { cpSync } from "node:fs";
import { join } from "node:path";
import { clock, random } from "../../src/main/ports.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import type { FilledStore } from "./filled-store.ts";
import { KINDS, REQUESTS, type RequestKind, Requests, SETTLING } from "./kinds.ts";
import { type OpenLoad, openLoad } from "./open-loop.ts";
import { greatest, type Memory, MemoryWatch, memoryOf } from "./process-figures.ts";
import { type Server, sampleAnswer, startBare, startWaferd, type Waferd } from "./servers.ts";
import { APP } from "./stored-sessions.ts";
import type { AskedStore } from "./traffic.ts";
import { rateOf, type Subject, type Turn, type TurnsOptions, takeTurns } from "./turns.ts";
import { median } from "./wrk.ts";

/** The turns of waferd and of a bare server with as many processes, in the same rounds. */
export interface Comparison {
  request: RequestKind;
  workers: number;
  sessions: number;
  waferd: readonly Turn[];
  bare: readonly Turn[];
}

/** The memory of waferd's processes; of the workers, the largest. */
export interface MemoryFigures {
  workers: number;
  sessions: number;
  /** Memory of the supervisor; null when it is the only worker as well. */
  supervisor: Memory | null;
  atRest: Memory;
  underLoad: Memory;
}

/** The mixed load at half of its highest rate, on one worker. */
export interface MixedFigures extends OpenLoad {
  sessions: number;
  /** The highest rate: requests a second of a closed loop. */
  highest: number;
  /** A bare server with the same load, which shows what machine and client delay. */
  bare: OpenLoad;
}

export interface RateFigures {
  comparisons: Comparison[];
  memory: MemoryFigures[];
  mixed: MixedFigures;
}

export interface RatesOptions extends Omit<TurnsOptions, "onTurn"> {
  /** Numbers of workers; one is always measured. */
  workers: readonly number[];
  /** Further numbers of workers, of checks only. */
  workersOfChecks: readonly number[];
  /**
   * Whether a load with checked answers precedes the first turn; otherwise the answers of the turns
   * are checked.
   */
  warm: boolean;
  report(progress: string): void;
}

/** A running waferd on one of the stores. */
interface Running {
  store: AskedStore;
  waferd: Waferd;
  workers: number;
}

const SETTLING_MS = 3000;

/** Measures every kind of request on the stores of one driver, all of them in the same rounds. */
export async function measureRates(
  stores: readonly FilledStore[],
  options: RatesOptions,
): Promise<RateFigures> {
  await using scope = new AsyncDisposableStack();
  // One for each driver, because giving a code is slower when many old ones have to be forgotten.
  const sandbox = await startSandbox({ clock, random });
  scope.defer(() => sandbox.stop());
  sandbox.world.apps.set(APP.appid, APP.secret);
  const requests = new Requests(sandbox);
  const running: Running[] = [];
  const counts = new Set([1, ...options.workers, ...options.workersOfChecks]);
  for (const workers of [...counts].sort((one, other) => one - other))
    for (const store of stores) {
      const asked = workers === 1 ? store : scope.use(copyOfFolder(store));
      const waferd = await startWaferd(asked.place, { workers, apiBase: sandbox.apiBase });
      running.push({ store: asked, waferd: scope.use(waferd), workers });
    }
  if (options.warm) await Bun.sleep(SETTLING_MS);
  const atRest = new Map(
    running.map(({ waferd }) => [waferd, greatest(waferd.workers.map(memoryOf))]),
  );
  using watch = new MemoryWatch(running.map(({ waferd }) => waferd));
  const comparisons = await compareAll(running, requests, options);
  const mixed = await measureMixed(running, requests, comparisons, options);
  const memory = running.map(({ store, waferd, workers }) => ({
    workers,
    sessions: store.sessions,
    supervisor: waferd.workers.includes(waferd.pid) ? null : memoryOf(waferd.pid),
    atRest: atRest.get(waferd) ?? watch.most(waferd),
    underLoad: watch.most(waferd),
  }));
  return { comparisons, memory, mixed };
}

/**
 * Copies an embedded store, of which each server needs one of its own; a shared one stays. Each
 * gets its own folder for requests.
 */
export function copyOfFolder({ place, sessions }: FilledStore): AskedStore & Disposable {
  const folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const isShared = place.address !== "";
  if (!isShared)
    cpSync(place.dataDir, dataDir, {
      recursive: true,
      filter: (path) => path !== join(place.dataDir, "run"),
    });
  return {
    ...{ place: isShared ? place : { ...place, dataDir }, sessions, folder: folder.path },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Tells whether a kind of request is measured on a server. */
function isMeasured(
  kind: RequestKind,
  { workers, store: { sessions } }: Running,
  of: readonly Running[],
  options: RatesOptions,
): boolean {
  const sizes = of.map(({ store }) => store.sessions);
  const scope = KINDS[kind];
  const isOfChecksOnly = workers !== 1 && !options.workers.includes(workers);
  if (isOfChecksOnly && kind !== "verify") return false;
  if (scope.workers === "one" && workers !== 1) return false;
  if (scope.sizes === "smallest") return sessions === Math.min(...sizes);
  return scope.sizes === "all" || sessions === Math.max(...sizes);
}

/** Measures all kinds of requests, each server beside a bare one that answers the same bytes. */
async function compareAll(
  running: readonly Running[],
  requests: Requests,
  options: RatesOptions,
): Promise<Comparison[]> {
  await using scope = new AsyncDisposableStack();
  const pairs: { kind: RequestKind; of: Running; ours: Subject; bare: Subject }[] = [];
  const names = new Map<Subject, string>();
  for (const kind of REQUESTS) {
    const measured = running.filter((one) => isMeasured(kind, one, running, options));
    const [first] = measured;
    if (first === undefined) continue;
    const answer = await sampleAnswer(
      first.waferd.url,
      await requests.make(kind, first.store, 0.001),
    );
    for (const workers of new Set(measured.map((one) => one.workers))) {
      const server = scope.use(await startBare(answer, workers));
      // A bare server accepts all requests again, so one file is enough.
      const traffic = { ...(await requests.make(kind, first.store, 1)), once: false };
      const kept = keepRequests(first.store, kind, workers, traffic);
      const bare = subjectOf(kind, server, () => kept, options);
      names.set(bare, `${kind}, bare by ${workers}`);
      for (const of of measured.filter((one) => one.workers === workers)) {
        const make = (seconds: number) => requests.make(kind, of.store, seconds);
        const ours = subjectOf(kind, of.waferd, make, options, of.store.sessions);
        names.set(ours, `${kind} by ${workers}, ${of.store.sessions} sessions`);
        pairs.push({ kind, of, ours, bare });
      }
    }
  }
  const subjects = new Set(pairs.flatMap(({ ours, bare }) => [bare, ours]));
  const turns = await takeTurns([...subjects], {
    ...options,
    onTurn: (subject, round) =>
      options.report(`round ${round} of ${options.rounds}: ${names.get(subject)}`),
  });
  return pairs.map(({ kind, of: { workers, store }, ours, bare }) => ({
    ...{ request: kind, workers, sessions: store.sessions },
    waferd: turns.get(ours) ?? [],
    bare: turns.get(bare) ?? [],
  }));
}

/** Copies a file of requests that later turns of waferd replace. */
function keepRequests<Of extends { requests: string }>(
  { folder }: AskedStore,
  kind: RequestKind,
  workers: number,
  traffic: Of,
): Of {
  const kept = join(folder, `bare-${kind.replaceAll(/\W/g, "-")}-${workers}.requests`);
  cpSync(traffic.requests, kept);
  return { ...traffic, requests: kept };
}

function subjectOf(
  kind: RequestKind,
  server: Server,
  traffic: Subject["traffic"],
  { warm }: RatesOptions,
  sessions?: number,
): Subject {
  const isBare = sessions === undefined;
  // The first access to a page of a large store is slower.
  const warming = kind === "verify" && (sessions ?? 0) > 100_000 ? 4 : 1;
  return {
    ...{ server, traffic, warming: warm ? warming : 0 },
    look: !warm || (kind === "login" && !isBare),
    settling: warm && !isBare ? (SETTLING[kind] ?? 0) : 0,
  };
}

/**
 * Sends the mixed load at half of the rate that its turns have had, to a bare server and to waferd
 * in turns.
 */
async function measureMixed(
  running: readonly Running[],
  requests: Requests,
  comparisons: readonly Comparison[],
  { rounds, seconds, report }: RatesOptions,
): Promise<MixedFigures> {
  const closed = comparisons.find(({ request }) => request === "mix");
  const of = running.find(
    ({ workers, store }) => workers === 1 && store.sessions === closed?.sessions,
  );
  if (closed === undefined || of === undefined) throw new Error("the mixed load was not measured");
  const highest = rateOf(closed.waferd);
  const rate = highest / 2;
  const answer = await sampleAnswer(of.waferd.url, await requests.mixed(of.store, 1));
  await using bare = await startBare(answer);
  const taken: [OpenLoad, OpenLoad][] = [];
  while (taken.length < rounds) {
    report(`round ${taken.length + 1} of ${rounds}: mixed load at ${Math.round(rate)} a second`);
    const traffic = await requests.mixed(of.store, Math.ceil(rate * seconds * OPEN_TURNS));
    const ofBare = await openLoad({ ...traffic, url: bare.url, rate });
    taken.push([ofBare, await openLoad({ ...traffic, url: of.waferd.url, rate })]);
  }
  return {
    ...medianOf(taken.map(([, ofWaferd]) => ofWaferd)),
    ...{ sessions: of.store.sessions, highest },
    bare: medianOf(taken.map(([ofBare]) => ofBare)),
  };
}

/** Length of the open loop, in turns. */
const OPEN_TURNS = 2;

/** Returns the median of each time, and the slowest of all. */
function medianOf(loads: readonly OpenLoad[]): OpenLoad {
  const [{ rate, requests } = { rate: 0, requests: 0 }] = loads;
  const of = (time: "p50" | "p99" | "p999"): number => median(loads.map((load) => load[time]));
  const slowest = Math.max(...loads.map((load) => load.slowest));
  return {
    ...{ rate, requests },
    ...{ p50: of("p50"), p99: of("p99"), p999: of("p999") },
    slowest,
  };
}
