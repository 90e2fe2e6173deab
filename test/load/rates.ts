import { cpSync } from "node:fs";
import { join } from "node:path";
import { clock, random } from "../../src/main/ports.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import type { FilledStore } from "./filled-store.ts";
import { greatest, type Memory, MemoryWatch, memoryOf } from "./process-figures.ts";
import { type Server, sampleAnswer, startBare, startWaferd, type Waferd } from "./servers.ts";
import { APP, type StorePlace } from "./stored-sessions.ts";
import { checks, Logins, tokens } from "./traffic.ts";
import { type Subject, type Turn, type TurnsOptions, takeTurns } from "./turns.ts";
import type { Traffic } from "./wrk.ts";

/** The kinds of requests, in the order of the table. */
export const REQUESTS = ["verify", "login", "cached token"] as const;
export type RequestKind = (typeof REQUESTS)[number];

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

export interface RatesOptions extends Omit<TurnsOptions, "onRound"> {
  /** Numbers of workers by kind of request. */
  workers: Readonly<Record<RequestKind, readonly number[]>>;
  /**
   * Whether a load with checked answers precedes the first turn; otherwise the answers of the turns
   * are checked.
   */
  warm: boolean;
  report(progress: string): void;
}

/** A running waferd on one of the stores. */
interface Running {
  store: FilledStore;
  waferd: Waferd;
  workers: number;
}

const SETTLING_MS = 3000;
/** More logins a second than waferd can do, because none can be repeated. */
const LOGINS_A_SECOND = 20_000;
/** A bare server accepts repeated logins. */
const LOGINS_OF_BARE = 1000;

/**
 * Measures every kind of request on the stores of one driver, with all numbers of workers, in the
 * same rounds.
 */
export async function measureRates(
  stores: readonly FilledStore[],
  options: RatesOptions,
): Promise<{ comparisons: Comparison[]; memory: MemoryFigures[] }> {
  await using scope = new AsyncDisposableStack();
  // One for each driver, because giving a code is slower when many old ones have to be forgotten.
  const sandbox = await startSandbox({ clock, random });
  scope.defer(() => sandbox.stop());
  sandbox.world.apps.set(APP.appid, APP.secret);
  const counts = [...new Set(Object.values(options.workers).flat())].sort(
    (one, other) => one - other,
  );
  const running: Running[] = [];
  for (const workers of counts)
    for (const store of stores) {
      const place =
        workers === counts[0] ? store.place : scope.use(copyOfFolder(store.place)).place;
      const waferd = await startWaferd(place, { workers, apiBase: sandbox.apiBase });
      running.push({ store, waferd: scope.use(waferd), workers });
    }
  if (options.warm) await Bun.sleep(SETTLING_MS);
  const atRest = new Map(
    running.map(({ waferd }) => [waferd, greatest(waferd.workers.map(memoryOf))]),
  );
  using watch = new MemoryWatch(running.map(({ waferd }) => waferd));
  const comparisons: Comparison[] = [];
  for (const request of REQUESTS) {
    const measured = running.filter(({ workers }) => options.workers[request].includes(workers));
    comparisons.push(...(await compare(request, measured, { ...options, sandbox })));
  }
  const memory = running.map(({ store, waferd, workers }) => ({
    workers,
    sessions: store.sessions,
    supervisor: waferd.workers.includes(waferd.pid) ? null : memoryOf(waferd.pid),
    atRest: atRest.get(waferd) ?? watch.most(waferd),
    underLoad: watch.most(waferd),
  }));
  return { comparisons, memory };
}

/** Copies an embedded store, of which each server needs one of its own; a shared one stays. */
function copyOfFolder(place: StorePlace): { place: StorePlace } & Disposable {
  if (place.address !== "") return { place, [Symbol.dispose]: () => undefined };
  const folder = tempFolder();
  const dataDir = join(folder.path, "data");
  cpSync(place.dataDir, dataDir, {
    recursive: true,
    filter: (path) => path !== join(place.dataDir, "run"),
  });
  return { place: { ...place, dataDir }, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Measures one kind of request, each server beside a bare one that answers the same bytes. */
async function compare(
  request: RequestKind,
  running: readonly Running[],
  options: RatesOptions & { sandbox: Sandbox },
): Promise<Comparison[]> {
  const [first] = running;
  if (first === undefined) return [];
  await using scope = new AsyncDisposableStack();
  const trafficOf = trafficMaker(request, options.sandbox);
  const answer = await sampleAnswer(first.waferd.url, trafficOf(first.store)(1));
  const subjects: Subject[] = [];
  const add = (server: Server, store: FilledStore, isBare: boolean): Subject => {
    // The first access to a page of a large store is slower.
    const isNew = request === "verify" && !isBare && store.sessions > 100_000;
    const warming = isNew ? 4 : 1;
    const subject = {
      server,
      traffic: trafficOf(store, isBare),
      warming: options.warm ? warming : 0,
      look: !options.warm || (request === "login" && !isBare),
    };
    subjects.push(subject);
    return subject;
  };
  const pairs: { of: Running; ours: Subject; bare: Subject }[] = [];
  for (const workers of new Set(running.map((one) => one.workers))) {
    const bare = add(scope.use(await startBare(answer, workers)), first.store, true);
    for (const of of running.filter((one) => one.workers === workers))
      pairs.push({ of, ours: add(of.waferd, of.store, false), bare });
  }
  const turns = await takeTurns(subjects, {
    ...options,
    onRound: (round) => options.report(`${request}: round ${round} of ${options.rounds}`),
  });
  return pairs.map(({ of: { workers, store }, ours, bare }) => ({
    ...{ request, workers, sessions: store.sessions },
    waferd: turns.get(ours) ?? [],
    bare: turns.get(bare) ?? [],
  }));
}

/**
 * Returns a function that makes the requests of one kind for a store and a number of seconds. Bare
 * servers get requests that can be repeated.
 */
function trafficMaker(request: RequestKind, sandbox: Sandbox) {
  const logins = new Map<FilledStore, Logins>();
  const loginsOf = (store: FilledStore): Logins => {
    const known = logins.get(store) ?? new Logins(sandbox, store.openids);
    logins.set(store, known);
    return known;
  };
  return (store: FilledStore, isBare = false) =>
    (seconds: number): Traffic => {
      switch (request) {
        case "verify":
          return checks(store.proofs);
        case "cached token":
          return tokens(store.folder, store.place.dataDir);
        case "login":
          return isBare
            ? { ...loginsOf(store).make(LOGINS_OF_BARE), once: false }
            : loginsOf(store).make(Math.ceil(LOGINS_A_SECOND * seconds));
      }
    };
}
