import type { FilledStore } from "./filled-store.ts";
import { startWaferd, type Waferd } from "./servers.ts";
import { addExpired } from "./stored-sessions.ts";
import { checks } from "./traffic.ts";
import { type Crowd, type Load, load } from "./wrk.ts";

/** The same load without anything to sweep, and while expired sessions are swept. */
export interface SweepFigures {
  /** Sessions that had expired when the load began. */
  expired: number;
  /** Of them, those that were forgotten while it lasted. */
  swept: number;
  seconds: number;
  without: Load;
  during: Load;
}

export interface SweepOptions {
  expired: number;
  /** Of each load. The sweeper begins a round every ten seconds. */
  seconds: number;
  crowd: Crowd;
  /** Whether the sessions are met before. */
  warm: boolean;
}

/** Measures checks of the store's sessions before and after so many expired ones are put beside them. */
export async function measureSweep(store: FilledStore, options: SweepOptions): Promise<SweepFigures> {
  const { expired, seconds } = options;
  const { load: without } = await loadOf(store, options);
  await addExpired(store.place, expired);
  await store.settle();
  const { load: during, swept } = await loadOf(store, options);
  return { expired, swept, seconds, without, during };
}

/** Puts load on a waferd that has just started, and tells how many sessions it swept meanwhile. */
async function loadOf(
  store: FilledStore,
  { seconds, crowd, warm }: SweepOptions,
): Promise<{ load: Load; swept: number }> {
  await using waferd = await startWaferd(store.place);
  const asked = { ...checks(store.proofs), url: waferd.url, crowd };
  if (warm) await load({ ...asked, seconds: 1, look: true });
  const sweptBefore = sweptBy(waferd);
  const measured = await load({ ...asked, seconds });
  return { load: measured, swept: sweptBy(waferd) - sweptBefore };
}

/** By its log, which tells of a round when it is over. */
const sweptBy = (waferd: Waferd): number =>
  waferd
    .log()
    .matchAll(/"removed":(\d+).*"expired sessions swept"/g)
    .reduce((sum, [, removed]) => sum + Number(removed), 0);
