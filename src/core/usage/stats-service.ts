import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page } from "../page.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import { type Activity, ALL_APPS, ALL_CALLS } from "./activity.ts";
import { type CallCount, dayInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";

const DAY: Milliseconds = 86_400_000;
/** As many days as the counts are kept, today among them. */
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
  /** Expired ones that are not yet swept among them. */
  sessions: number;
  /** The last 31 days, oldest first, today at the end. */
  days: DayStats[];
}

export interface AppStats extends Omit<Stats, "apps"> {
  /** Requests to WeChat of the last 31 days by endpoint. */
  calls: { endpoint: string; count: number }[];
}

/** The part of the sessions' table that statistics need. */
export interface CountedSessions {
  count(appid: string): Awaitable<number>;
}

/** What a page can draw of the service's life. */
export class StatsService {
  readonly #deps;

  constructor(deps: {
    tables: { callCounts: CallCountTable; sessions: CountedSessions };
    clock: Clock;
    apps: AppService;
    activity: Activity;
  }) {
    this.#deps = deps;
  }

  /** Of all apps together; a Failure storeFailed. */
  async all(): Promise<Stats | Failure> {
    const counts = await this.#counts(ALL_APPS);
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
    return { at: this.#deps.clock.now(), apps, sessions, days: this.#days(counts) };
  }

  /** Of one app; a Failure: appNotFound, storeFailed. */
  async ofApp(appid: string): Promise<AppStats | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    const counts = await this.#counts(appid);
    if (counts instanceof Failure) return counts;
    const sessions = await this.#sessions(appid);
    if (sessions instanceof Failure) return sessions;
    const calls = new Map<string, number>();
    for (const { endpoint, count } of counts)
      if (isCall(endpoint)) calls.set(endpoint, (calls.get(endpoint) ?? 0) + count);
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

  /** The counts by days; those by hours are for quotas. */
  async #counts(subject: string): Promise<CallCount[] | Failure> {
    await this.#deps.activity.flush();
    const counts: CallCount[] = [];
    let cursor: string | null = null;
    do {
      const after: string | null = cursor;
      const page: Page<CallCount> | Failure = await attempt("storeFailed", () =>
        this.#deps.tables.callCounts.list(subject, {
          limit: PAGE,
          ...(after !== null && { cursor: after }),
        }),
      );
      if (page instanceof Failure) return page;
      counts.push(...page.items.filter(({ window }) => !window.includes("T")));
      cursor = page.next;
    } while (cursor !== null);
    return counts;
  }

  #days(counts: readonly CallCount[]): DayStats[] {
    const now = this.#deps.clock.now();
    return Array.from({ length: DAYS }, (_, index) => {
      const day = dayInChina(now - (DAYS - 1 - index) * DAY);
      const ofDay = counts.filter(({ window }) => window === day);
      const sum = (is: (endpoint: string) => boolean) =>
        ofDay.reduce((total, { endpoint, count }) => total + (is(endpoint) ? count : 0), 0);
      return {
        day,
        logins: sum((endpoint) => endpoint === "logins"),
        verifications: sum((endpoint) => endpoint === "verifications"),
        calls: sum(isCall),
      };
    });
  }
}

const isCall = (endpoint: string): boolean => endpoint.startsWith("/") || endpoint === ALL_CALLS;
