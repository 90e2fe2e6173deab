import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import { readAll } from "../read-all.ts";
import type { Activity } from "./activity.ts";
import { ACTIVITY_KINDS, type ActivityCounts, type ActivityTable } from "./activity-table.ts";
import { BUCKET_WIDTHS, type BucketWidth, bucketStart, lastBuckets, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";
import { type FailureCause, parseFailureName } from "./failure-count.ts";
import { dailyQuotaOf } from "./quotas.ts";
import { isEndpoint, MOST_ENDPOINTS, sumOf } from "./series-service.ts";

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
  logins: Figure;
  verifications: Figure;
  tokens: Figure;
  calls: Figure;
  failures: {
    last24Hours: number;
    previous24Hours: number;
    /** Of the last 24 hours, the most frequent first. */
    causes: (FailureCause & { count: number })[];
  };
  /** Requests to WeChat, those to the most called endpoints. */
  endpoints: { endpoint: string; today: number; yesterday: number }[];
  /** The daily quotas of WeChat that are used, the fullest first. */
  quotas: QuotaUse[];
}

export interface OverviewServiceDeps {
  tables: {
    activity: ActivityTable;
    sessions: { count(appid: string): Awaitable<number> };
  };
  clock: Clock;
  apps: Pick<AppService, "list">;
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
    const registered = await readAll((page) => this.#deps.apps.list(page));
    if (registered instanceof Failure) return registered;
    return await attempt("storeFailed", () => this.#of(registered.map(({ appid }) => appid)));
  }

  async #of(appids: readonly string[]): Promise<Overview> {
    const { tables, clock, activity } = this.#deps;
    await activity.flush();
    const now = clock.now();
    const read = (width: BucketWidth, count: number) => this.#read(ALL_APPS, width, count, now);
    const [minutes, hours, [today = {}]] = await Promise.all([
      read("minute", RATE_MINUTES + 1),
      read("hour", 48),
      read("day", 1),
    ]);
    const sessions = await Promise.all(appids.map((appid) => tables.sessions.count(appid)));
    const past = pastOf(hours, now);
    const figure = (isWanted: (name: string) => boolean): Figure => ({
      today: sumOf(today, isWanted),
      yesterday: Math.round(past.yesterday(isWanted)),
      perSecond: rate(sumOfAll(minutes.slice(0, RATE_MINUTES), isWanted), RATE_MINUTES * 60),
      perSecondYesterday: rate(sumOf(past.sameHour, isWanted), HOUR / 1000),
    });
    const [logins, verifications, tokens] = ACTIVITY_KINDS.map((kind) =>
      figure((name) => name === kind),
    ) as [Figure, Figure, Figure];
    return {
      at: now,
      apps: appids.length,
      sessions: sessions.reduce((sum, count) => sum + count, 0),
      ...{ logins, verifications, tokens },
      calls: figure(isEndpoint),
      failures: failuresOf(hours),
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
    const uses = await Promise.all(
      appids.map(async (app) => {
        const [today = {}] = await this.#read(app, "day", 1, now);
        return Object.entries(today).flatMap(([endpoint, count]): QuotaUse[] => {
          const limit = dailyQuotaOf(endpoint)?.limit;
          return limit === undefined ? [] : [{ app, endpoint, today: count, limit }];
        });
      }),
    );
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
    sameHour,
    yesterday: (isWanted: (name: string) => boolean): number =>
      sumOfAll(before, isWanted) + part * sumOf(sameHour, isWanted),
  };
}

function failuresOf(hours: readonly ActivityCounts[]): Overview["failures"] {
  const isFailure = (name: string): boolean => parseFailureName(name) !== null;
  const last = hours.slice(-24);
  const causes = namesIn(last).flatMap((name) => {
    const cause = parseFailureName(name);
    if (cause === null) return [];
    return [{ ...cause, count: sumOfAll(last, (other) => other === name) }];
  });
  return {
    last24Hours: sumOfAll(last, isFailure),
    previous24Hours: sumOfAll(hours.slice(0, -24), isFailure),
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
