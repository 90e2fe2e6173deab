import type { FilledStore } from "./filled-store.ts";
import { startWaferd, type Waferd } from "./servers.ts";
import { addExpired } from "./stored-sessions.ts";
import { checks } from "./traffic.ts";
import { type Concurrency, type Load, load } from "./wrk.ts";

/** The same load with nothing to sweep, and while expired sessions are swept. */
export interface SweepFigures {
  /** Number of expired sessions at the beginning of the load. */
  expired: number;
  /** Number of those that were deleted during the load. */
  swept: number;
  seconds: number;
  without: Load;
  during: Load;
}

export interface SweepOptions {
  expired: number;
  /** Duration of each load. The sweeper starts a round every ten seconds. */
  seconds: number;
  concurrency: Concurrency;
  /** Whether a short load precedes each measurement. */
  warm: boolean;
}

/** Measures checks of the store's sessions before and after so many expired ones are added. */
export async function measureSweep(
  store: FilledStore,
  options: SweepOptions,
): Promise<SweepFigures> {
  const { expired, seconds } = options;
  const { load: without } = await loadOf(store, options);
  await addExpired(store.place, expired);
  await store.settle();
  const { load: during, swept } = await loadOf(store, options);
  return { expired, swept, seconds, without, during };
}

/**
 * Puts load on a new waferd, and returns the figures with the number of sessions that it swept
 * meanwhile.
 */
async function loadOf(
  store: FilledStore,
  { seconds, concurrency, warm }: SweepOptions,
): Promise<{ load: Load; swept: number }> {
  await using waferd = await startWaferd(store.place);
  const asked = { ...checks(store), url: waferd.url, concurrency };
  if (warm) await load({ ...asked, seconds: 1, look: true });
  const sweptBefore = sweptBy(waferd);
  const measured = await load({ ...asked, seconds });
  return { load: measured, swept: sweptBy(waferd) - sweptBefore };
}

/** Returns the number of swept sessions by the log, which has a line for each finished round. */
const sweptBy = (waferd: Waferd): number =>
  waferd
    .log()
    .matchAll(/"removed":(\d+).*"expired sessions swept"/g)
    .reduce((sum, [, removed]) => sum + Number(removed), 0);
