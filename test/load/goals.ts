import type { StoreFigures } from "./bench.ts";
import { ms, whole } from "./table.ts";
import { ratioOf } from "./turns.ts";
import { median } from "./wrk.ts";

/** A goal with the measured figure. */
export interface Goal {
  what: string;
  figure: string;
  met: boolean;
}

const VERIFY_OF_BARE = 0.8;
const TWO_WORKERS = 1.7;
const KEPT_WHEN_LARGE = 0.9;
const LONGEST_HOLD_UP_MS = 50;
const START_UP_MS = 300;
const MEMORY_AT_REST_MIB = 120;

/** Compares the figures with the goals. Goals of workers are measured on the first store only. */
export function goalsOf(figures: readonly StoreFigures[]): Goal[] {
  const [first] = figures;
  return first === undefined ? [] : [...goalsOfWorkers(first), ...figures.flatMap(goalsOfStore)];
}

/** Returns the goals of checks by one worker and by two. */
function goalsOfWorkers(of: StoreFigures): Goal[] {
  const sessionCounts = of.sizes.map(({ sessions }) => sessions);
  const ofBare = sessionCounts.map((sessions) => {
    const one = verifyOf(of, 1, sessions);
    return atLeast(
      `${of.name}: verify of a bare server's, one worker, ${whole(sessions)} sessions`,
      VERIFY_OF_BARE,
      one ? ratioOf(one.waferd, one.bare) : Number.NaN,
    );
  });
  const ofTwo = sessionCounts.flatMap((sessions) => {
    const [one, two] = [verifyOf(of, 1, sessions), verifyOf(of, 2, sessions)];
    if (one === undefined || two === undefined) return [];
    const what = `${of.name}: verify by two workers of that by one, ${whole(sessions)} sessions`;
    const goal = atLeast(what, TWO_WORKERS, ratioOf(two.waferd, one.waferd));
    return [
      { ...goal, figure: `${goal.figure} (bare: ${ratioOf(two.bare, one.bare).toFixed(2)})` },
    ];
  });
  return [...ofBare, ...ofTwo];
}

/** Returns the goals of a store's size, sweeping, start and memory. */
function goalsOfStore({ name, ...of }: StoreFigures): Goal[] {
  const [small] = of.sizes;
  const large = of.sizes.at(-1);
  if (small === undefined || large === undefined) return [];
  const [atSmall, atLarge] = [small, large].map(({ sessions }) => verifyOf(of, 1, sessions));
  const kept =
    small === large || atSmall === undefined || atLarge === undefined
      ? []
      : [
          atLeast(
            `${name}: verify at ${whole(large.sessions)} sessions of that at ${whole(small.sessions)}`,
            KEPT_WHEN_LARGE,
            ratioOf(atLarge.waferd, atSmall.waferd),
          ),
        ];
  const swept = `${name}: verify while ${whole(of.sweep.expired)} expired sessions are swept`;
  const atRest = Math.max(...of.memory.map((memory) => memory.atRest.own)) / 2 ** 20;
  return [
    ...kept,
    below(`${swept}, p99.9`, LONGEST_HOLD_UP_MS, "ms", of.sweep.during.p999),
    below(`${swept}, slowest`, LONGEST_HOLD_UP_MS, "ms", of.sweep.during.slowest),
    below(
      `${name}: start to ready at ${whole(large.sessions)} sessions`,
      START_UP_MS,
      "ms",
      median(large.starts),
    ),
    below(`${name}: a worker's own memory at rest`, MEMORY_AT_REST_MIB, "MiB", atRest),
  ];
}

const atLeast = (what: string, limit: number, figure: number): Goal => ({
  what: `${what} ≥ ${limit}`,
  figure: figure.toFixed(2),
  met: figure >= limit,
});

const below = (what: string, limit: number, unit: string, figure: number): Goal => ({
  what: `${what} < ${limit} ${unit}`,
  figure: `${ms(figure)} ${unit}`,
  met: figure < limit,
});

const verifyOf = (
  { comparisons }: Pick<StoreFigures, "comparisons">,
  workers: number,
  sessions: number,
) =>
  comparisons.find(
    (one) => one.request === "verify" && one.workers === workers && one.sessions === sessions,
  );
