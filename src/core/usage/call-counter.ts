import { loggableId } from "../apps/app.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Log, Milliseconds } from "../ports.ts";
import { ALL_APPS, ALL_CALLS, type CallCountEntry, dayInChina, hourInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";
import { dailyQuotaOf, type Quota, quotasOf } from "./quotas.ts";

const HOUR: Milliseconds = 3_600_000;
const DAY = 24 * HOUR;
/** How long the counts of days and of hours are kept. */
const DAYS_KEPT = 31 * DAY;
const HOURS_KEPT = 2 * DAY;
/** The share of a quota at which a warning is logged. */
const WARNING = 0.8;

/** The calls of one window that are not in the store yet. */
interface Waiting {
  entry: CallCountEntry;
  amount: number;
  quota: Quota | null;
}

/**
 * Counts the requests that are sent to WeChat, and warns before a quota is used up. Counts in
 * memory, so that a login costs no more writes.
 */
export class CallCounter {
  readonly #tables;
  readonly #clock;
  readonly #log;
  /** By subject, window and endpoint. */
  #waiting = new Map<string, Waiting>();

  constructor({
    tables,
    clock,
    log,
  }: { tables: { callCounts: CallCountTable }; clock: Clock; log: Log }) {
    this.#tables = tables;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Counts one request, for its day and for each quota of its endpoint.
   *
   * @param subject an appid, or `corpid:agentid`
   */
  count(subject: string, endpoint: string): void {
    const daily = dailyQuotaOf(endpoint);
    this.#note(subject, endpoint, "day", daily);
    this.#note(ALL_APPS, ALL_CALLS, "day", null);
    for (const quota of quotasOf(endpoint)) {
      if (quota === daily) continue;
      const counted = quota.ofCorp === true ? (subject.split(":")[0] ?? "") : subject;
      this.#note(counted, endpoint, quota.per, quota);
    }
  }

  /**
   * Adds the counts since the last flush to those in the store. Counts that the store refuses are
   * part of the next flush.
   */
  async flush(): Promise<void> {
    const counted = this.#waiting;
    this.#waiting = new Map();
    await Promise.all([...counted.values()].map((waiting) => this.#add(waiting)));
  }

  #note(subject: string, endpoint: string, per: Quota["per"], quota: Quota | null): void {
    const now = this.#clock.now();
    const window = per === "day" ? dayInChina(now) : hourInChina(now);
    const expiresAt = now + (per === "day" ? DAYS_KEPT : HOURS_KEPT);
    this.#wait({ entry: { subject, endpoint, window, expiresAt }, amount: 1, quota });
  }

  #wait(waiting: Waiting): void {
    const { subject, endpoint, window } = waiting.entry;
    const key = `${subject} ${window} ${endpoint}`;
    const known = this.#waiting.get(key);
    if (known === undefined) this.#waiting.set(key, waiting);
    else known.amount += waiting.amount;
  }

  async #add(waiting: Waiting): Promise<void> {
    const { entry, amount, quota } = waiting;
    const count = await attempt("storeFailed", () => this.#tables.callCounts.add(entry, amount));
    if (count instanceof Failure) return this.#wait(waiting);
    if (quota === null) return;
    const warned = Math.ceil(quota.limit * WARNING);
    if (count < warned || count - amount >= warned) return;
    const { subject, endpoint } = entry;
    this.#log.warn(
      { subject: loggableId(subject), endpoint, count, limit: quota.limit, per: quota.per },
      "most of a WeChat quota is used",
    );
  }
}
