import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import { readAll } from "../read-all.ts";
import type { Activity } from "./activity.ts";
import type { ActivityBucket, ActivityTable } from "./activity-table.ts";
import { lastBuckets, windowOf } from "./buckets.ts";
import { ALL_APPS, ALL_CALLS, type CallCount, dayInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";
import type { CallCounter } from "./call-counter.ts";
import { type FailureCount, parseFailureName } from "./failure-count.ts";

/** How many days are shown, today included. */
const DAYS = 31;

/** One day in China. */
export interface DayStats {
  day: string;
  logins: number;
  verifications: number;
  /** Requests to WeChat. */
  calls: number;
}

export interface Stats {
  at: Milliseconds;
  apps: number;
  /** Includes expired sessions that are not swept yet. */
  sessions: number;
  /** The last 31 days, oldest first, today last. */
  days: DayStats[];
  /** Failed logins and verifications of the last 31 days, the most frequent first. */
  failures: FailureCount[];
}

export interface AppStats extends Omit<Stats, "apps" | "failures"> {
  /** Requests to WeChat in the last 31 days, by endpoint. */
  calls: { endpoint: string; count: number }[];
}

/** The part of the session table that statistics need. */
export interface CountedSessions {
  count(appid: string): Awaitable<number>;
}

/** Figures of the service, for charts. */
export class StatsService {
  readonly #deps;

  constructor(deps: {
    tables: { activity: ActivityTable; callCounts: CallCountTable; sessions: CountedSessions };
    clock: Clock;
    apps: AppService;
    activity: Activity;
    calls: Pick<CallCounter, "flush">;
  }) {
    this.#deps = deps;
  }

  /** Returns the figures of all apps together, or a Failure storeFailed. */
  async all(): Promise<Stats | Failure> {
    const counts = await this.#countsOf(ALL_APPS);
    if (counts instanceof Failure) return counts;
    const registered = await readAll((page) => this.#deps.apps.list(page));
    if (registered instanceof Failure) return registered;
    let sessions = 0;
    for (const { appid } of registered) {
      const count = await this.#sessions(appid);
      if (count instanceof Failure) return count;
      sessions += count;
    }
    return {
      at: this.#deps.clock.now(),
      apps: registered.length,
      sessions,
      days: this.#days(counts),
      failures: this.#failures(counts),
    };
  }

  /** Returns the figures of one app, or a Failure appNotFound or storeFailed. */
  async ofApp(appid: string): Promise<AppStats | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    const counts = await this.#countsOf(appid);
    if (counts instanceof Failure) return counts;
    const sessions = await this.#sessions(appid);
    if (sessions instanceof Failure) return sessions;
    const calls = new Map<string, number>();
    for (const { endpoint, count } of counts.calls)
      calls.set(endpoint, (calls.get(endpoint) ?? 0) + count);
    return {
      at: this.#deps.clock.now(),
      sessions,
      days: this.#days(counts),
      calls: [...calls].map(([endpoint, count]) => ({ endpoint, count })),
    };
  }

  #sessions(appid: string): Promise<number | Failure> {
    return attempt("storeFailed", () => this.#deps.tables.sessions.count(appid));
  }

  /** Reads the activity and the daily counts of calls; those by hours are for quotas. */
  async #countsOf(subject: string): Promise<Counts | Failure> {
    const { activity, callCounts } = this.#deps.tables;
    await Promise.all([this.#deps.activity.flush(), this.#deps.calls.flush()]);
    const windows = lastDays(this.#deps.clock.now());
    const days = await attempt("storeFailed", () => activity.list(subject, "day", windows));
    if (days instanceof Failure) return days;
    const calls = await readAll((page) => callCounts.list(subject, page));
    if (calls instanceof Failure) return calls;
    return {
      activity: days,
      failures: calls.filter(({ endpoint }) => parseFailureName(endpoint) !== null),
      calls: calls.filter(({ endpoint, window }) => isCall(endpoint) && !window.includes("T")),
    };
  }

  /** Sums the failures, which nodes of earlier versions count among the calls. */
  #failures({ activity, failures }: Counts): FailureCount[] {
    const today = dayInChina(this.#deps.clock.now());
    const sums = new Map<string, FailureCount>();
    const add = (name: string, window: string, count: number): void => {
      const cause = parseFailureName(name);
      if (cause === null) return;
      const sum = sums.get(name) ?? { ...cause, count: 0, today: 0 };
      sum.count += count;
      if (window === today) sum.today += count;
      sums.set(name, sum);
    };
    for (const { endpoint, window, count } of failures) add(endpoint, window, count);
    for (const { window, counts } of activity)
      for (const [name, count] of Object.entries(counts)) add(name, window, count);
    return [...sums]
      .sort(([name, one], [other, { count }]) => count - one.count || (name < other ? -1 : 1))
      .map(([, sum]) => sum);
  }

  #days({ activity, calls }: Counts): DayStats[] {
    return lastDays(this.#deps.clock.now()).map((day) => {
      const { counts = {} } = activity.find(({ window }) => window === day) ?? {};
      const callsOfDay = calls.filter(({ window }) => window === day);
      return {
        day,
        logins: counts["logins"] ?? 0,
        verifications: counts["verifications"] ?? 0,
        calls: callsOfDay.reduce((total, { count }) => total + count, 0),
      };
    });
  }
}

const lastDays = (now: Milliseconds): string[] =>
  lastBuckets("day", DAYS, now).map((start) => windowOf("day", start));

/** The stored counts of one subject. */
interface Counts {
  activity: ActivityBucket[];
  calls: CallCount[];
  failures: CallCount[];
}

/** Nodes of version 0.1.0 that share the store count logins and verifications among the calls. */
const isCall = (endpoint: string): boolean => endpoint.startsWith("/") || endpoint === ALL_CALLS;
