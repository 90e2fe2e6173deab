import { attempt } from "../attempt.ts";
import { type ErrorCode, Failure } from "../errors.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Awaitable, Clock } from "../ports.ts";
import {
  ACTIVITY_KINDS,
  type ActivityEntry,
  type ActivityKind,
  type ActivityTable,
  MOST_COUNTS,
  MOST_ENTRIES,
} from "./activity-table.ts";
import { type BucketWidth, bucketExpiry, bucketWidths, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";
import { failureName, type WatchedOperation } from "./failure-count.ts";

/** The endpoint under which calls are counted once a process has met too many others. */
const OTHER_ENDPOINT = "/other";
const MOST_ENDPOINTS = 200;
/** An endpoint that is longer counts as another. */
const LONGEST_ENDPOINT = 100;
/** Apps that only failed calls named, and that may be of nobody. A client may name any app. */
const MOST_NAMED = 500;
/** Buckets that wait for a store that refuses them. */
const MOST_WAITING = 20_000;

/** The counts of one subject since the last flush. */
type Counts = Record<ActivityKind, number> & {
  /** Failures and calls, by name. */
  others: Map<string, number> | null;
};

/** A bucket that is not in the store yet. */
type Waiting = Omit<ActivityEntry, "counts"> & {
  counts: Record<string, number>;
  /** Whether its subject is registered for certain. */
  isKnown: boolean;
};

/**
 * Counts logins, verifications, tokens handed out, failures and calls to WeChat in memory, so that
 * a check of a session costs no write. A flush adds them to the buckets of its own time.
 */
export class Activity {
  readonly #table;
  readonly #clock;
  readonly #isRegistered;
  /** By subject. */
  #counts = new Map<string, Counts>();
  #named = new Set<string>();
  readonly #endpoints = new Set<string>();
  /** By subject and bucket, the oldest first. */
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Adds the counts since the last flush to the store. Counts that the store refuses are part of
   * the next flush, for the buckets of their time. So do those of a write whose outcome is unknown,
   * which may count twice.
   */
  readonly flush = oneAtATime(() => this.#addCounts());

  /**
   * @param isRegistered whether a subject is an app or an agent of this server; a Failure when the
   *   store cannot tell
   */
  constructor({
    tables,
    clock,
    isRegistered,
  }: {
    tables: { activity: ActivityTable };
    clock: Clock;
    isRegistered: (subject: string) => Awaitable<boolean | Failure>;
  }) {
    this.#table = tables.activity;
    this.#clock = clock;
    this.#isRegistered = isRegistered;
  }

  /** @param subject a registered app, or agent as `corpid:agentid` */
  note(subject: string, kind: ActivityKind, amount = 1): void {
    this.#countsOf(subject)[kind] += amount;
  }

  /**
   * Counts a request to WeChat.
   *
   * @param subject as of {@link note}, or an app that is only checked: in the sum it counts too
   */
  noteCall(subject: string, endpoint: string): void {
    if (endpoint.length <= LONGEST_ENDPOINT && this.#endpoints.size < MOST_ENDPOINTS)
      this.#endpoints.add(endpoint);
    addTo(this.#countsOf(subject), this.#endpoints.has(endpoint) ? endpoint : OTHER_ENDPOINT, 1);
  }

  /**
   * Counts a failure once the outcome is there, and returns the same promise.
   *
   * @param appid the app that the call names; null when it names none
   */
  watch<Outcome>(
    operation: WatchedOperation,
    appid: string | null,
    outcome: Promise<Outcome>,
  ): Promise<Outcome> {
    outcome.then(
      (value) => value instanceof Failure && this.#noteFailure(operation, appid, value.code),
      () => undefined,
    );
    return outcome;
  }

  #noteFailure(operation: WatchedOperation, appid: string | null, code: ErrorCode): void {
    const name = failureName(operation, code);
    addTo(this.#countsOf(ALL_APPS), name, 1);
    if (appid === null || appid === ALL_APPS) return;
    let counts = this.#counts.get(appid);
    if (counts === undefined) {
      if (this.#named.size >= MOST_NAMED && !this.#named.has(appid)) return;
      this.#named.add(appid);
      counts = this.#countsOf(appid);
    }
    addTo(counts, name, 1);
  }

  async #addCounts(): Promise<void> {
    const counted = this.#counts;
    this.#counts = new Map();
    for (const [subject, counts] of counted) this.#await(subject, counts);
    await this.#dropUnregistered();
    for (;;) {
      const batch = this.#nextBatch();
      if (batch.size === 0) break;
      const added = await attempt("storeFailed", () => this.#table.add([...batch.values()]));
      if (added instanceof Failure) break;
      for (const key of batch.keys()) this.#waiting.delete(key);
    }
    this.#forget();
  }

  /**
   * Drops what waits for subjects that are not registered. Those of which the store cannot tell
   * wait for the next flush, like the counts that it refuses.
   */
  async #dropUnregistered(): Promise<void> {
    const unknown = [...this.#waiting.values()].filter(({ isKnown }) => !isKnown);
    const subjects = [...new Set(unknown.map(({ subject }) => subject))];
    const answers = new Map(
      await Promise.all(
        subjects.map(async (subject) => [subject, await this.#isRegistered(subject)] as const),
      ),
    );
    for (const [key, waiting] of this.#waiting) {
      const answer = waiting.isKnown || answers.get(waiting.subject);
      waiting.isKnown = answer === true;
      if (answer === false) this.#waiting.delete(key);
    }
    this.#named = new Set(subjects.filter((subject) => answers.get(subject) instanceof Failure));
  }

  /** Returns the oldest buckets that may be written, as many as one write takes. */
  #nextBatch(): Map<string, Waiting> {
    const batch = new Map<string, Waiting>();
    let counts = 0;
    for (const [key, waiting] of this.#waiting) {
      if (!waiting.isKnown) continue;
      counts += Object.keys(waiting.counts).length;
      if (batch.size > 0 && (counts > MOST_COUNTS || batch.size === MOST_ENTRIES)) break;
      batch.set(key, waiting);
    }
    return batch;
  }

  /** Makes a subject's counts wait for the store: its own, and their share of the sum. */
  #await(subject: string, counts: Counts): void {
    const isKnown = subject === ALL_APPS || isBusy(counts);
    const now = this.#clock.now();
    for (const width of bucketWidths)
      for (const [name, amount] of amountsOf(counts)) {
        this.#add({ subject, isKnown }, width, now, name, amount);
        // Failures are in the sum already, also those of no known app.
        if (subject !== ALL_APPS && !name.startsWith("failed "))
          this.#add({ subject: ALL_APPS, isKnown: true }, width, now, name, amount);
      }
  }

  #add(
    { subject, isKnown }: Pick<Waiting, "subject" | "isKnown">,
    width: BucketWidth,
    now: number,
    name: string,
    amount: number,
  ): void {
    const window = windowOf(width, now);
    const key = `${subject}\0${window}`;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      const expiresAt = bucketExpiry(width, now);
      waiting = { subject, width, window, expiresAt, counts: {}, isKnown };
      this.#waiting.set(key, waiting);
    }
    waiting.isKnown ||= isKnown;
    waiting.counts[name] = (waiting.counts[name] ?? 0) + amount;
  }

  /** Drops buckets while too many wait: the narrow ones first, and of these the oldest. */
  #forget(): void {
    for (const width of bucketWidths)
      for (const [key, waiting] of this.#waiting) {
        if (this.#waiting.size <= MOST_WAITING) return;
        if (waiting.width === width) this.#waiting.delete(key);
      }
  }

  #countsOf(subject: string): Counts {
    let counts = this.#counts.get(subject);
    if (counts === undefined) {
      counts = { logins: 0, verifications: 0, tokens: 0, others: null };
      this.#counts.set(subject, counts);
    }
    return counts;
  }
}

function addTo(counts: Counts, name: string, amount: number): void {
  counts.others ??= new Map();
  counts.others.set(name, (counts.others.get(name) ?? 0) + amount);
}

/** Whether a subject did what only a registered one can do. */
const isBusy = (counts: Counts): boolean => ACTIVITY_KINDS.some((kind) => counts[kind] > 0);

const amountsOf = (counts: Counts): [name: string, amount: number][] => [
  ...ACTIVITY_KINDS.map((kind): [string, number] => [kind, counts[kind]]).filter(
    ([, amount]) => amount > 0,
  ),
  ...(counts.others ?? []),
];
