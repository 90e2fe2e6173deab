import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import type { Activity } from "./activity.ts";
import type { ActivityDay, ActivityTable } from "./activity-table.ts";
import { ALL_APPS, ALL_CALLS, type CallCount, dayInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";
import type { CallCounter } from "./call-counter.ts";
import { type FailureCount, parseFailureEndpoint } from "./failure-count.ts";

const DAY: Milliseconds = 86_400_000;
/** How many days are shown, today included: as many as are kept. */
const DAYS = 31;
const PAGE = 500;

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
    let apps = 0;
    let sessions = 0;
    let cursor: string | null = null;
    do {
      const after: string | null = cursor;
      const page = await this.#deps.apps.list({
        limit: PAGE,
        ...(after !== null && { cursor: after }),
      });
      if (page instanceof Failure) return page;
      for (const { appid } of page.items) {
        const count = await this.#sessions(appid);
        if (count instanceof Failure) return count;
        apps += 1;
        sessions += count;
      }
      cursor = page.next;
    } while (cursor !== null);
    return {
      at: this.#deps.clock.now(),
      apps,
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
    const days = await readAll((page) => activity.list(subject, page));
    if (days instanceof Failure) return days;
    const calls = await readAll((page) => callCounts.list(subject, page));
    if (calls instanceof Failure) return calls;
    return {
      activity: days,
      failures: calls.filter(({ endpoint }) => parseFailureEndpoint(endpoint) !== null),
      calls: calls.filter(({ endpoint, window }) => isCall(endpoint) && !window.includes("T")),
    };
  }

  #failures({ failures }: Counts): FailureCount[] {
    const today = dayInChina(this.#deps.clock.now());
    const sums = new Map<string, FailureCount>();
    for (const { endpoint, window, count } of failures) {
      const parsed = parseFailureEndpoint(endpoint);
      if (parsed === null) continue;
      const sum = sums.get(endpoint) ?? { ...parsed, count: 0, today: 0 };
      sum.count += count;
      if (window === today) sum.today += count;
      sums.set(endpoint, sum);
    }
    return [...sums.values()].sort((one, other) => other.count - one.count);
  }

  #days({ activity, calls }: Counts): DayStats[] {
    const now = this.#deps.clock.now();
    return Array.from({ length: DAYS }, (_, index) => {
      const day = dayInChina(now - (DAYS - 1 - index) * DAY);
      const { logins = 0, verifications = 0 } = activity.find((one) => one.day === day) ?? {};
      const callsOfDay = calls.filter(({ window }) => window === day);
      return {
        day,
        logins,
        verifications,
        calls: callsOfDay.reduce((total, { count }) => total + count, 0),
      };
    });
  }
}

/** The stored counts of one subject. */
interface Counts {
  activity: ActivityDay[];
  calls: CallCount[];
  failures: CallCount[];
}

/** Reads every page of a list. */
async function readAll<T>(list: (page: PageRequest) => Awaitable<Page<T>>): Promise<T[] | Failure> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const after: string | null = cursor;
    const page: Page<T> | Failure = await attempt("storeFailed", () =>
      list({ limit: PAGE, ...(after !== null && { cursor: after }) }),
    );
    if (page instanceof Failure) return page;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}

/** Nodes of version 0.1.0 that share the store count logins and verifications among the calls. */
const isCall = (endpoint: string): boolean => endpoint.startsWith("/") || endpoint === ALL_CALLS;
