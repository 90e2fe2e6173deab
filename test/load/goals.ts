import type { StoreFigures } from "./bench.ts";
import type { RequestKind } from "./kinds.ts";
import type { Comparison } from "./rates.ts";
import { ms, whole } from "./table.ts";
import { processorOf, ratioOf } from "./turns.ts";
import { median } from "./wrk.ts";

/** A goal with the measured figure. */
export interface Goal {
  what: string;
  figure: string;
  met: boolean;
}

const VERIFY_OF_BARE = 0.8;
const KEPT_WHEN_LARGE = { verify: 0.9, login: 0.85 };
const TWO_WORKERS_LOGINS = 1;
const PROCESSOR_OF_ONE_WORKER = 1.2;
/** Rates of other requests, as parts of the rate of envelope checks. */
const OF_VERIFY = [
  ["due visit", 0.85],
  ["cached token", 0.9],
  ["REST verify", 0.9],
  ["mina/auth", 0.95],
  ["forward-auth", 0.95],
] as const satisfies [RequestKind, number][];
const LONGEST_HOLD_UP_MS = 50;
const START_UP_MS = 300;
const MEMORY_AT_REST_MIB = 120;
const MEMORY_UNDER_LOAD_MIB = 110;
const BYTES_A_SESSION = 700;
const MIXED_P99_MS = 10;

/**
 * Compares the figures with the goals. Goals beside bare servers are measured on the first store
 * only, and the room of a session on LMDB only.
 */
export function goalsOf(figures: readonly StoreFigures[]): Goal[] {
  const [first] = figures;
  return first === undefined
    ? []
    : [...goalsBesideBare(first), ...figures.flatMap((of) => goalsOfStore(of))];
}

/** Returns the goals of checks by one worker and by two. */
function goalsBesideBare(of: StoreFigures): Goal[] {
  return of.sizes.flatMap(({ sessions }) => {
    const at = `one worker, ${whole(sessions)} sessions`;
    const [one, two] = [1, 2].map((workers) => find(of, "verify", workers, sessions));
    if (one === undefined) return [];
    const ofBare = ratioOf(one.waferd, one.bare);
    const goal = atLeast(`${of.name}: verify ÷ a bare server's, ${at}`, VERIFY_OF_BARE, ofBare);
    if (two === undefined) return [goal];
    return [
      goal,
      atLeast(
        `${of.name}: verify by two workers ÷ ${at}, no worse than the bare server's`,
        ratioOf(two.bare, one.bare),
        ratioOf(two.waferd, one.waferd),
      ),
    ];
  });
}

/** Returns the goals of requests, size, sweeping, start and memory. */
function goalsOfStore(of: StoreFigures): Goal[] {
  const { name, mixed } = of;
  const large = of.sizes.at(-1);
  if (large === undefined) return [];
  const swept = `${name}: verify while ${whole(of.sweep.expired)} expired sessions are swept`;
  const atRest = Math.max(...of.memory.map((memory) => memory.atRest.own)) / 2 ** 20;
  const underLoad = Math.max(...of.memory.map((memory) => memory.underLoad.own)) / 2 ** 20;
  return [
    ...OF_VERIFY.flatMap(([kind, limit]) => goalOfVerify(of, kind, limit)),
    ...goalsOfLogins(of),
    ...goalsOfSize(of, "verify"),
    ...goalsOfSize(of, "login"),
    below(
      `${name}: mixed load at half of its highest rate, p99`,
      { limit: MIXED_P99_MS, unit: "ms" },
      mixed.p99,
    ),
    below(`${swept}, p99.9`, { limit: LONGEST_HOLD_UP_MS, unit: "ms" }, of.sweep.during.p999),
    below(`${swept}, slowest`, { limit: LONGEST_HOLD_UP_MS, unit: "ms" }, of.sweep.during.slowest),
    below(
      `${name}: start to ready at ${whole(large.sessions)} sessions`,
      { limit: START_UP_MS, unit: "ms" },
      median(large.starts),
    ),
    below(
      `${name}: a worker's own memory at rest`,
      { limit: MEMORY_AT_REST_MIB, unit: "MiB" },
      atRest,
    ),
    atMost(
      `${name}: a worker's own memory under load`,
      { limit: MEMORY_UNDER_LOAD_MIB, unit: "MiB" },
      underLoad,
    ),
    ...(of.isEmbedded
      ? [
          atMost(
            `${name}: room of a session with a profile, ${whole(large.sessions)} sessions`,
            { limit: BYTES_A_SESSION, unit: "bytes" },
            large.room.used,
          ),
        ]
      : []),
  ];
}

/** Compares a kind of request with checks in the envelope by one worker. */
function goalOfVerify(of: StoreFigures, kind: RequestKind, limit: number): Goal[] {
  const ours = of.comparisons.find(({ request, workers }) => request === kind && workers === 1);
  const verify = ours && find(of, "verify", 1, ours.sessions);
  if (ours === undefined || verify === undefined) return [];
  const what = `${of.name}: ${kind} ÷ verify, one worker, ${whole(ours.sessions)} sessions`;
  return [atLeast(what, limit, ratioOf(ours.waferd, verify.waferd))];
}

/** Compares logins by several workers with those by one, at each size. */
function goalsOfLogins(of: StoreFigures): Goal[] {
  return of.comparisons.flatMap((several) => {
    const { request, workers, sessions } = several;
    const one = find(of, "login", 1, sessions);
    if (request !== "login" || workers === 1 || one === undefined) return [];
    const at = `by ${workers} workers ÷ by one, ${whole(sessions)} sessions`;
    const processor = processorOf(several.waferd) / processorOf(one.waferd);
    return [
      ...(workers === 2
        ? [
            atLeast(
              `${of.name}: logins ${at}`,
              TWO_WORKERS_LOGINS,
              ratioOf(several.waferd, one.waferd),
            ),
          ]
        : []),
      atMost(
        `${of.name}: processor time of a login ${at}`,
        { limit: PROCESSOR_OF_ONE_WORKER },
        processor,
      ),
    ];
  });
}

/** Compares the rate at the largest size with that at the smallest, by one worker. */
function goalsOfSize(of: StoreFigures, kind: "verify" | "login"): Goal[] {
  const [small, large] = [of.sizes[0], of.sizes.at(-1)].map(
    (size) => size && find(of, kind, 1, size.sessions),
  );
  if (small === undefined || large === undefined || small === large) return [];
  const at = `at ${whole(large.sessions)} sessions ÷ at ${whole(small.sessions)}, one worker`;
  const ratio = ratioOf(large.waferd, small.waferd);
  return [atLeast(`${of.name}: ${kind} ${at}`, KEPT_WHEN_LARGE[kind], ratio)];
}

interface Limit {
  limit: number;
  unit?: string;
}

export const atLeast = (what: string, limit: number, figure: number): Goal => ({
  what: `${what} ≥ ${shortened(limit)}`,
  figure: figure.toFixed(2),
  met: figure >= limit,
});

export const below = (what: string, { limit, unit = "" }: Limit, figure: number): Goal => ({
  what: `${what} < ${limit} ${unit}`.trimEnd(),
  figure: `${unit === "" ? figure.toFixed(2) : ms(figure)} ${unit}`.trimEnd(),
  met: figure < limit,
});

const atMost = (what: string, { limit, unit = "" }: Limit, figure: number): Goal => ({
  what: `${what} ≤ ${limit} ${unit}`.trimEnd(),
  figure: `${unit === "" ? figure.toFixed(2) : ms(figure)} ${unit}`.trimEnd(),
  met: figure <= limit,
});

/** Formats a limit, which can be a measured ratio. */
const shortened = (limit: number): string => `${Number(limit.toFixed(2))}`;

const find = (
  { comparisons }: Pick<StoreFigures, "comparisons">,
  request: RequestKind,
  workers: number,
  sessions: number,
): Comparison | undefined =>
  comparisons.find(
    (one) => one.request === request && one.workers === workers && one.sessions === sessions,
  );
