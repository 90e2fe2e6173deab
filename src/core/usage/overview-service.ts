import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import { inTurns } from "../in-turns.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { Activity } from "./activity.ts";
import { ACTIVITY_KINDS, type ActivityCounts, type ActivityTable } from "./activity-table.ts";
import { BUCKET_WIDTHS, type BucketWidth, bucketStart, lastBuckets, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";
import { type FailureCause, parseFailureName } from "./failure-count.ts";
import { dailyQuotaOf } from "./quotas.ts";
import { isEndpoint, MOST_ENDPOINTS, sumOf } from "./series-service.ts";
import { SESSIONS_NAME, type SessionTotals } from "./session-totals.ts";

const DAY: Milliseconds = BUCKET_WIDTHS.day.length;
const HOUR: Milliseconds = BUCKET_WIDTHS.hour.length;
/** Whole minutes over which the present rate is measured. */
const RATE_MINUTES = 5;
/** The most quotas that are shown, those of which most is used. */
const MOST_QUOTAS = 20;

/** Something that is counted, now and a day before. */
export interface Figure {
  /** Since midnight in China. */
  today: number;
  /** Yesterday until the same time; its hour that now runs counts by the part that has passed. */
  yesterday: number;
  /** Of the last five whole minutes. */
  perSecond: number;
  /** Of the same hour yesterday. */
  perSecondYesterday: number;
  /** Of the last 24 hours, oldest first; the last one is not over. */
  hours: number[];
}

/** Calls of one app to an endpoint with a daily quota. */
export interface QuotaUse {
  app: string;
  endpoint: string;
  today: number;
  limit: number;
}

export interface Overview {
  at: Milliseconds;
  apps: number;
  /** Includes expired sessions that are not swept yet. */
  sessions: number;
  /** At the beginning of the same hour yesterday; null when that is not known. */
  sessionsYesterday: number | null;
  /** At the beginnings of the last 24 hours, oldest first; null for those not known. */
  sessionHours: (number | null)[];
  logins: Figure;
  verifications: Figure;
  tokens: Figure;
  calls: Figure;
  failures: {
    /** In the running hour and the 23 before. */
    last24Hours: number;
    /** In the same span a day before; its last hour counts by the part that has passed. */
    previous24Hours: number;
    /** Of the last 24 hours, oldest first; the last one is not over. */
    hours: number[];
    /** Of the last 24 hours, the most frequent first. */
    causes: (FailureCause & { count: number })[];
  };
  /** Requests to WeChat, those to the most called endpoints. */
  endpoints: { endpoint: string; today: number; yesterday: number }[];
  /** The daily quotas of WeChat that are used, the fullest first. */
  quotas: QuotaUse[];
}

export interface OverviewServiceDeps {
  tables: { activity: ActivityTable };
  clock: Clock;
  sessionTotals: Pick<SessionTotals, "read">;
  activity: Pick<Activity, "flush">;
}

/** The figures of the service at a glance. */
export class OverviewService {
  readonly #deps;

  constructor(deps: OverviewServiceDeps) {
    this.#deps = deps;
  }

  /** Returns the figures of all apps together, or a Failure storeFailed. */
  async read(): Promise<Overview | Failure> {
    const total = await this.#deps.sessionTotals.read();
    if (total instanceof Failure) return total;
    return await attempt("storeFailed", () => this.#of(total.appids, total.sessions));
  }

  async #of(appids: readonly string[], sessions: number): Promise<Overview> {
    const { clock, activity } = this.#deps;
    await activity.flush();
    const now = clock.now();
    const read = (width: BucketWidth, count: number) => this.#read(ALL_APPS, width, count, now);
    const [minutes, hours, [today = {}]] = await Promise.all([
      read("minute", RATE_MINUTES + 1),
      read("hour", 48),
      read("day", 1),
    ]);
    const past = pastOf(hours, now);
    const lastHours = hours.slice(-24);
    const sessionsOf = (counts: ActivityCounts): number | null => counts[SESSIONS_NAME] ?? null;
    const figure = (isWanted: (name: string) => boolean): Figure => ({
      today: sumOf(today, isWanted),
      yesterday: Math.round(past.yesterday(isWanted)),
      perSecond: rate(sumOfAll(minutes.slice(0, RATE_MINUTES), isWanted), RATE_MINUTES * 60),
      perSecondYesterday: rate(sumOf(past.sameHour, isWanted), HOUR / 1000),
      hours: lastHours.map((counts) => sumOf(counts, isWanted)),
    });
    const [logins, verifications, tokens] = ACTIVITY_KINDS.map((kind) =>
      figure((name) => name === kind),
    ) as [Figure, Figure, Figure];
    return {
      at: now,
      apps: appids.length,
      sessions,
      sessionsYesterday: sessionsOf(past.sameHour),
      sessionHours: lastHours.map(sessionsOf),
      ...{ logins, verifications, tokens },
      calls: figure(isEndpoint),
      failures: failuresOf(hours, past.part),
      endpoints: namesIn([today, ...hours])
        .filter(isEndpoint)
        .map((endpoint) => ({
          endpoint,
          today: today[endpoint] ?? 0,
          yesterday: Math.round(past.yesterday((name) => name === endpoint)),
        }))
        .filter((one) => one.today + one.yesterday > 0)
        .sort((one, other) => other.today - one.today || other.yesterday - one.yesterday)
        .slice(0, MOST_ENDPOINTS),
      quotas: await this.#quotas(appids, now),
    };
  }

  async #quotas(appids: readonly string[], now: Milliseconds): Promise<QuotaUse[]> {
    const uses = await inTurns(appids, async (app) => {
      const [today = {}] = await this.#read(app, "day", 1, now);
      return Object.entries(today).flatMap(([endpoint, count]): QuotaUse[] => {
        const limit = dailyQuotaOf(endpoint)?.limit;
        return limit === undefined ? [] : [{ app, endpoint, today: count, limit }];
      });
    });
    return uses
      .flat()
      .sort((one, other) => other.today / other.limit - one.today / one.limit)
      .slice(0, MOST_QUOTAS);
  }

  /** Reads the last buckets of a subject, oldest first, also those that count nothing. */
  async #read(
    subject: string,
    width: BucketWidth,
    count: number,
    now: Milliseconds,
  ): Promise<ActivityCounts[]> {
    const windows = lastBuckets(width, count, now).map((start) => windowOf(width, start));
    const found = await this.#deps.tables.activity.list(subject, width, windows);
    const byWindow = new Map(found.map(({ window, counts }) => [window, counts]));
    return windows.map((window) => byWindow.get(window) ?? {});
  }
}

/** Returns what yesterday counted until the same time, by the last 48 hours. */
function pastOf(hours: readonly ActivityCounts[], now: Milliseconds) {
  const sinceMidnight = now - bucketStart("day", now);
  const wholeHours = Math.floor(sinceMidnight / HOUR);
  // The last of the hours is the running one, and the one of a day ago is 24 before it.
  const sameHourIndex = hours.length - 1 - DAY / HOUR;
  const sameHour = hours[sameHourIndex] ?? {};
  const before = hours.slice(sameHourIndex - wholeHours, sameHourIndex);
  const part = (sinceMidnight % HOUR) / HOUR;
  return {
    part,
    sameHour,
    yesterday: (isWanted: (name: string) => boolean): number =>
      sumOfAll(before, isWanted) + part * sumOf(sameHour, isWanted),
  };
}

function failuresOf(hours: readonly ActivityCounts[], part: number): Overview["failures"] {
  const isFailure = (name: string): boolean => parseFailureName(name) !== null;
  const last = hours.slice(-24);
  const causes = namesIn(last).flatMap((name) => {
    const cause = parseFailureName(name);
    if (cause === null) return [];
    return [{ ...cause, count: sumOfAll(last, (other) => other === name) }];
  });
  return {
    last24Hours: sumOfAll(last, isFailure),
    previous24Hours: Math.round(
      sumOfAll(hours.slice(0, 23), isFailure) + part * sumOf(hours[23] ?? {}, isFailure),
    ),
    hours: last.map((counts) => sumOf(counts, isFailure)),
    causes: causes.sort((one, other) => other.count - one.count),
  };
}

const sumOfAll = (
  buckets: readonly ActivityCounts[],
  isWanted: (name: string) => boolean,
): number => buckets.reduce((sum, counts) => sum + sumOf(counts, isWanted), 0);

const namesIn = (buckets: readonly ActivityCounts[]): string[] => [
  ...new Set(buckets.flatMap((counts) => Object.keys(counts))),
];

/** Returns events a second, to three places. */
const rate = (count: number, seconds: number): number =>
  Math.round((count / seconds) * 1000) / 1000;
