import { attempt } from "../attempt.ts";
import { type ErrorCode, Failure } from "../errors.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { ActivityKind, ActivityTable } from "./activity-table.ts";
import { ALL_APPS, dayInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";
import { failureEndpoint, type WatchedOperation } from "./failure-count.ts";

type Counts = Record<ActivityKind, number>;

/** How long days are kept. */
const KEPT: Milliseconds = 31 * 86_400_000;

/**
 * Counts logins, verifications and their failures in memory, so that a check of a session costs no
 * write.
 */
export class Activity {
  readonly #tables;
  readonly #clock;
  #counts = new Map<string, Counts>();
  /** By endpoint. */
  #failures = new Map<string, number>();

  /**
   * Adds the counts since the last flush to today's in the store. Counts that the store refuses are
   * part of the next flush.
   */
  readonly flush = oneAtATime(() => this.#addCounts());

  constructor({
    tables,
    clock,
  }: { tables: { activity: ActivityTable; callCounts: CallCountTable }; clock: Clock }) {
    this.#tables = tables;
    this.#clock = clock;
  }

  note(appid: string, kind: ActivityKind, amount = 1): void {
    this.#countsOf(appid)[kind] += amount;
  }

  /**
   * Counts a failure once the outcome is there, and returns the same promise. Failures are those of
   * all apps together: a client may name any app.
   */
  watch<Outcome>(operation: WatchedOperation, outcome: Promise<Outcome>): Promise<Outcome> {
    outcome.then(
      (value) => value instanceof Failure && this.#noteFailure(operation, value.code),
      () => undefined,
    );
    return outcome;
  }

  async #addCounts(): Promise<void> {
    const counted = this.#counts;
    this.#counts = new Map();
    for (const [appid, counts] of counted) {
      if (await this.#add(appid, counts)) continue;
      const waiting = this.#countsOf(appid);
      waiting.logins += counts.logins;
      waiting.verifications += counts.verifications;
    }
    const failures = this.#failures;
    this.#failures = new Map();
    for (const [endpoint, amount] of failures)
      if (!(await this.#addFailures(endpoint, amount))) this.#note(endpoint, amount);
  }

  #noteFailure(operation: WatchedOperation, code: ErrorCode): void {
    this.#note(failureEndpoint(operation, code), 1);
  }

  #note(endpoint: string, amount: number): void {
    this.#failures.set(endpoint, (this.#failures.get(endpoint) ?? 0) + amount);
  }

  async #addFailures(endpoint: string, amount: number): Promise<boolean> {
    const now = this.#clock.now();
    const entry = { subject: ALL_APPS, endpoint, window: dayInChina(now), expiresAt: now + KEPT };
    const added = await attempt("storeFailed", () => this.#tables.callCounts.add(entry, amount));
    return !(added instanceof Failure);
  }

  #countsOf(appid: string): Counts {
    let counts = this.#counts.get(appid);
    if (counts === undefined) {
      counts = { logins: 0, verifications: 0 };
      this.#counts.set(appid, counts);
    }
    return counts;
  }

  async #add(appid: string, counts: Counts): Promise<boolean> {
    const now = this.#clock.now();
    const entry = { ...counts, day: dayInChina(now), expiresAt: now + KEPT };
    const added = await attempt("storeFailed", () =>
      Promise.all([
        this.#tables.activity.add({ ...entry, subject: appid }),
        this.#tables.activity.add({ ...entry, subject: ALL_APPS }),
      ]),
    );
    return !(added instanceof Failure);
  }
}
