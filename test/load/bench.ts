import type { DriverName } from "../../src/config/drivers/drivers.ts";
import { FilledStore, type Room } from "./filled-store.ts";
import { measurePeers, type PeerFigures } from "./peers.ts";
import { measureRates, type RateFigures } from "./rates.ts";
import { startWaferd } from "./servers.ts";
import { STORES } from "./stores.ts";
import { measureSweep, type SweepFigures } from "./sweep.ts";
import type { Concurrency } from "./wrk.ts";

export interface BenchOptions {
  stores: readonly DriverName[];
  /** Numbers of stored sessions, ascending. */
  sessions: readonly number[];
  /** Numbers of workers. One is always measured, and checks by two on the first store. */
  workers: readonly number[];
  rounds: number;
  /** Duration of each turn. */
  seconds: number;
  concurrency: Concurrency;
  /** See RatesOptions. */
  warm: boolean;
  starts: number;
  /** Numbers of expired sessions that are put into the first store, and into each of the others. */
  expired: readonly [number, number];
  sweepSeconds: number;
  /** Whether nginx and redis-benchmark are measured too. */
  peers: boolean;
  /** Called with the progress. */
  report(progress: string): void;
}

/** The figures of one store. */
export interface StoreFigures extends RateFigures {
  /** Name for people. */
  name: string;
  /** Whether it is a folder of waferd's own. */
  isEmbedded: boolean;
  /** Figures by number of stored sessions. */
  sizes: readonly SizeFigures[];
  /** Room of the sessions of the smallest store after every user has logged in again. */
  loggedInAgain: Room;
  sweep: SweepFigures;
  peers: readonly PeerFigures[];
}

export interface SizeFigures {
  sessions: number;
  /** Milliseconds from the start of the process to "ready", of each start. */
  starts: readonly number[];
  room: Room;
}

/**
 * Measures everything that `npm run bench` prints, store by store. Needs the executable, wrk, and
 * the stores' servers.
 */
export async function* runBench(options: BenchOptions): AsyncGenerator<StoreFigures> {
  for (const driver of options.stores) yield await measureStore(driver, options);
}

async function measureStore(driver: DriverName, options: BenchOptions): Promise<StoreFigures> {
  const name = STORES[driver].name;
  const report = (progress: string): void => options.report(`${name}: ${progress}`);
  const isFirst = driver === options.stores[0];
  await using scope = new AsyncDisposableStack();
  const stores: FilledStore[] = [];
  const sizes: SizeFigures[] = [];
  for (const sessions of options.sessions) {
    report(`filling with ${sessions} sessions`);
    const store = scope.use(await FilledStore.make(driver, sessions));
    stores.push(store);
    await store.settle();
    const room = await store.room();
    report(`starting at ${sessions} sessions`);
    sizes.push({ sessions, room, starts: await startOften(store, options.starts) });
  }
  const rates = await measureRates(stores, {
    ...options,
    workersOfChecks: isFirst ? [2] : [],
    report,
  });
  const [smallest] = stores;
  if (smallest === undefined) throw new Error("no number of sessions was named");
  report("peers");
  const peers = options.peers ? await measurePeers(smallest, options) : [];
  report("sweeping");
  const [expired, expiredInOthers] = options.expired;
  const sweep = await measureSweep(smallest, {
    ...options,
    expired: isFirst ? expired : expiredInOthers,
    seconds: options.sweepSeconds,
  });
  report("logging every user in again");
  return {
    ...{ name, isEmbedded: smallest.place.address === "" },
    ...rates,
    sizes,
    loggedInAgain: await roomAfterLogins(driver, smallest.sessions),
    sweep,
    peers,
  };
}

/**
 * Returns the room of sessions after all of them were replaced by new logins. It fills another
 * store, because the logins end the sessions with which the others are measured.
 */
async function roomAfterLogins(driver: DriverName, sessions: number): Promise<Room> {
  await using store = await FilledStore.make(driver, sessions);
  await store.settle();
  await store.logAllIn();
  return await store.room();
}

/** Starts waferd so often, and returns the milliseconds that each start took. */
export async function startOften(store: FilledStore, starts: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < starts) {
    await using waferd = await startWaferd(store.place);
    times.push(waferd.startUp);
  }
  return times;
}
