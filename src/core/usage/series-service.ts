import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { Activity } from "./activity.ts";
import {
  ACTIVITY_KINDS,
  type ActivityCounts,
  type ActivityKind,
  type ActivityTable,
} from "./activity-table.ts";
import { BUCKET_WIDTHS, type BucketWidth, lastBuckets, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";
import { type FailureCause, parseFailureName } from "./failure-count.ts";

/** The spans of a chart: how many buckets of which width, the current one included. */
export const SPANS = {
  hour: { width: "minute", buckets: 60 },
  day: { width: "hour", buckets: 24 },
  month: { width: "day", buckets: 30 },
} as const satisfies Record<string, { width: BucketWidth; buckets: number }>;

export type Span = keyof typeof SPANS;

export const spans = Object.keys(SPANS) as readonly Span[];

/** The most endpoints that are told apart, those with the most calls. */
export const MOST_ENDPOINTS = 20;

/** The counts of one bucket. */
export interface SeriesBucket extends Record<ActivityKind, number> {
  /** When it begins. */
  at: Milliseconds;
  /** Requests to WeChat. */
  calls: number;
  failedLogins: number;
  failedVerifications: number;
}

/** One span of buckets, oldest first, also those that count nothing. */
export interface Series {
  span: Span;
  at: Milliseconds;
  bucketSeconds: number;
  buckets: SeriesBucket[];
  /** The equal span before, for comparison. */
  previous: SeriesBucket[];
  /** Failures by cause, the most frequent first: one number for each of `buckets`. */
  failures: (FailureCause & { counts: number[] })[];
  /** Requests to WeChat by endpoint, as `failures`. */
  endpoints: { endpoint: string; counts: number[] }[];
}

export interface SeriesServiceDeps {
  tables: { activity: ActivityTable };
  clock: Clock;
  activity: Pick<Activity, "flush">;
  /** Whether an owner is an app or an agent of this server. */
  isRegistered: (owner: string) => Promise<boolean | Failure>;
}

/** The kept counts of a span, for charts. */
export class SeriesService {
  readonly #deps;

  constructor(deps: SeriesServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the counts of a span that ends now.
   *
   * @param owner an appid, or `corpid:agentid`; null for all together
   * @returns a Failure: appNotFound, storeFailed
   */
  async of(span: Span, owner: string | null): Promise<Series | Failure> {
    const { tables, clock, activity, isRegistered } = this.#deps;
    if (owner !== null) {
      const isKnown = await isRegistered(owner);
      if (isKnown instanceof Failure) return isKnown;
      if (!isKnown) return new Failure("appNotFound");
    }
    await activity.flush();
    const { width, buckets: length } = SPANS[span];
    const now = clock.now();
    const starts = lastBuckets(width, 2 * length, now);
    const windows = starts.map((start) => windowOf(width, start));
    const found = await attempt("storeFailed", () =>
      tables.activity.list(owner ?? ALL_APPS, width, windows),
    );
    if (found instanceof Failure) return found;
    const byWindow = new Map(found.map(({ window, counts }) => [window, counts]));
    const counts = windows.map((window) => byWindow.get(window) ?? {});
    const all = counts.map((one, index) => toBucket(starts[index] ?? 0, one));
    const current = counts.slice(length);
    return {
      span,
      at: now,
      bucketSeconds: BUCKET_WIDTHS[width].length / 1000,
      buckets: all.slice(length),
      previous: all.slice(0, length),
      failures: rowsOf(current).flatMap(({ name, counts }) => {
        const cause = parseFailureName(name);
        return cause === null ? [] : [{ ...cause, counts }];
      }),
      endpoints: rowsOf(current)
        .filter(({ name }) => isEndpoint(name))
        .slice(0, MOST_ENDPOINTS)
        .map(({ name, counts }) => ({ endpoint: name, counts })),
    };
  }
}

/** Tells whether a name of a count is an endpoint of WeChat. */
export const isEndpoint = (name: string): boolean => name.startsWith("/");

/** Returns the sum of the counts whose names are as wanted. */
export const sumOf = (counts: ActivityCounts, isWanted: (name: string) => boolean): number =>
  Object.entries(counts).reduce((sum, [name, count]) => (isWanted(name) ? sum + count : sum), 0);

function toBucket(at: Milliseconds, counts: ActivityCounts): SeriesBucket {
  const failed = (operation: string): number =>
    sumOf(counts, (name) => parseFailureName(name)?.operation === operation);
  const [logins = 0, verifications = 0, tokens = 0] = ACTIVITY_KINDS.map((kind) => counts[kind]);
  return {
    ...{ at, logins, verifications, tokens },
    calls: sumOf(counts, isEndpoint),
    failedLogins: failed("login"),
    failedVerifications: failed("verification"),
  };
}

/** Returns the counts of buckets by name, those with the largest sums first. */
function rowsOf(buckets: readonly ActivityCounts[]): { name: string; counts: number[] }[] {
  const names = new Set(buckets.flatMap((counts) => Object.keys(counts)));
  const sum = (counts: readonly number[]): number => counts.reduce((one, other) => one + other, 0);
  return [...names]
    .map((name) => ({ name, counts: buckets.map((counts) => counts[name] ?? 0) }))
    .sort((one, other) => sum(other.counts) - sum(one.counts) || (one.name < other.name ? -1 : 1));
}
