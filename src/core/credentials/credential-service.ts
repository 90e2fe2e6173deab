import { isSha256Of, sha256 } from "../../crypto/digest.ts";
import { loggableId } from "../apps/app.ts";
import { attempt } from "../attempt.ts";
import type { LeaseTable } from "../coordination/lease-table.ts";
import { SingleFlight } from "../coordination/single-flight.ts";
import { Failure } from "../errors.ts";
import { excerpt } from "../excerpt.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Log, Milliseconds, Random } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { type Credential, LONGEST_LIFE, RENEWAL_HORIZON, timeLeft } from "./credential.ts";
import { type ListedCredential, listCredentials } from "./credential-list.ts";
import type { CredentialSource, Fetch } from "./credential-source.ts";
import type { CredentialTable } from "./credential-table.ts";
import type { RenewalFailureTable } from "./renewal-failure-table.ts";
import { type RenewalPause, RenewalPauses } from "./renewal-pauses.ts";

/** An earlier force gets the current value: WeChat refuses it anyway, and its quota is 20 a day. */
const FORCED_APART: Milliseconds = 30_000;
/** lastUsedAt is written at most once in this time. */
const USE_INTERVAL: Milliseconds = 3_600_000;
/** Interval at which those who wait for a lease look for its holder's result. */
const POLL: Milliseconds = 40;

/** How a caller departs from taking the current value. */
export interface CredentialOptions {
  /** Renew at once. */
  force?: boolean;
  /** A value that WeChat refused; it is renewed only if it is still the current one. */
  rotate?: string | null;
}

/** As a caller or the scheduler asks. */
interface RenewalOptions extends CredentialOptions {
  /** Renew because little of the life is left. */
  background?: boolean;
}

export interface ServedCredential {
  value: string;
  expiresAt: Milliseconds;
  /** Fetched for this call; stored; or stored, with a renewal in progress. */
  state: "new" | "stored" | "renewing";
}

/** Whether a credential was served as most are, without asking WeChat for it. */
export const isRoutine = ({ state }: ServedCredential): boolean => state !== "new";

export interface CredentialServiceDeps {
  tables: {
    credentials: CredentialTable;
    renewalFailures: RenewalFailureTable;
    leases: LeaseTable;
  };
  clock: Clock;
  random: Random;
  log: Log;
  /** Upper bound of a fetch; a lease lasts a little longer. */
  fetchTimeout: Milliseconds;
}

/**
 * Keeps tokens and tickets of every kind. By the store's lease, exactly one caller at a time renews
 * a credential across requests, processes and nodes; the others wait for its result, and read it
 * again before they ask WeChat (docs/protocol-reference.md#tokens-and-tickets).
 */
export class CredentialService {
  readonly #deps;
  readonly #renewals = new SingleFlight<ServedCredential | Failure>();
  readonly #pauses = new RenewalPauses();

  constructor(deps: CredentialServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the current value of a credential; fetches it when the store has none, and renews it
   * when the options say so.
   *
   * @returns a Failure: storeFailed, the source's notSaved, or a Failure of its fetch
   */
  async get(
    source: CredentialSource,
    options: CredentialOptions = {},
  ): Promise<ServedCredential | Failure> {
    const stored = await this.#load(source.key);
    if (stored instanceof Failure) return stored;
    const now = this.#deps.clock.now();
    if (stored !== null && satisfies(stored, options, now)) {
      this.#noteUse(stored, now);
      return served(stored, this.renewIfDue(source, stored) ? "renewing" : "stored");
    }
    const renewed = await this.#share(source, options);
    // A valid old value is better than a failure, but not the one that the caller found dead.
    const isUseful =
      stored !== null &&
      timeLeft(stored, this.#deps.clock.now()) > 0 &&
      stored.value !== options.rotate;
    return renewed instanceof Failure && isUseful ? served(stored, "stored") : renewed;
  }

  /**
   * Returns a stored credential of which enough is left, when the store can say so at once.
   *
   * @param key by `keyOfCredential`
   * @returns null otherwise, and nothing has changed then: ask {@link CredentialService.get}
   */
  current(key: string): ServedCredential | null {
    const stored = this.#deps.tables.credentials.getNow?.(key) ?? null;
    const now = this.#deps.clock.now();
    if (stored === null || timeLeft(stored, now) <= RENEWAL_HORIZON) return null;
    this.#noteUse(stored, now);
    return served(stored, "stored");
  }

  /** Whether the store has this value of a credential; a Failure storeFailed. */
  async holds(key: string, value: string): Promise<boolean | Failure> {
    const stored = await this.#load(key);
    return stored instanceof Failure ? stored : stored !== null && equalTexts(stored.value, value);
  }

  /** Lists hosted credentials; see {@link listCredentials}. */
  async list(page: PageRequest): Promise<Page<ListedCredential> | Failure> {
    return await listCredentials(this.#deps, page);
  }

  /** Starts a background renewal if a credential is due, and tells whether one is in progress. */
  renewIfDue(source: CredentialSource, stored: Credential): boolean {
    const now = this.#deps.clock.now();
    if (timeLeft(stored, now) > RENEWAL_HORIZON) return false;
    const pause = this.#pauses.of(source, now);
    const isRunning = this.#renewals.isRunning(shareKey(source.key, { background: true }));
    if (pause !== null && !isRunning) return false;
    void this.#share(source, { background: true });
    return true;
  }

  /** Waits for the renewals in progress. */
  settle(): Promise<void> {
    return this.#renewals.settle();
  }

  get #leaseTime(): Milliseconds {
    return this.#deps.fetchTimeout + 1000;
  }

  /**
   * Shares one renewal among identical requests of this process; the lease is for other processes.
   */
  #share(source: CredentialSource, options: RenewalOptions): Promise<ServedCredential | Failure> {
    return this.#renewals.run(shareKey(source.key, options), () => this.#renew(source, options));
  }

  async #renew(
    source: CredentialSource,
    options: RenewalOptions,
  ): Promise<ServedCredential | Failure> {
    const { clock, random } = this.#deps;
    const startedAt = clock.now();
    const pause = this.#pauses.of(source, startedAt);
    if (pause?.failure) return pause.failure;
    const holder = random.hex(8);
    // Long enough to outlast a lease whose holder died, and then to renew.
    const giveUpAt = startedAt + 2 * this.#leaseTime;
    // A clock that was set back ends the wait too.
    for (let now = startedAt; now >= startedAt && now < giveUpAt; now = clock.now()) {
      const leased = await this.#lease(source.key, holder);
      if (leased instanceof Failure) return leased;
      if (leased) {
        try {
          return await this.#renewLeased(source, options, startedAt, holder);
        } finally {
          await this.#release(source.key, holder);
        }
      }
      const stored = await this.#load(source.key);
      if (stored instanceof Failure) return stored;
      if (stored !== null && isRenewed(stored, options, startedAt, clock.now()))
        return served(stored, "stored");
      await clock.sleep(POLL);
    }
    return new Failure("wechatUnreachable", {
      cause: new Error("another process holds the renewal's lease"),
    });
  }

  /** Reads again under the lease, and fetches only if nobody else has done so meanwhile. */
  async #renewLeased(
    source: CredentialSource,
    options: RenewalOptions,
    startedAt: Milliseconds,
    holder: string,
  ): Promise<ServedCredential | Failure> {
    const stored = await this.#load(source.key);
    if (stored instanceof Failure) return stored;
    if (stored !== null && isRenewed(stored, options, startedAt, this.#deps.clock.now()))
      return served(stored, "stored");
    return this.#fetch(source, options, stored, async () => {
      await this.#lease(source.key, holder);
    });
  }

  /** Takes or extends the lease of a key, and tells whether `holder` has it. */
  #lease(key: string, holder: string): Promise<boolean | Failure> {
    const now = this.#deps.clock.now();
    return attempt("storeFailed", () =>
      this.#deps.tables.leases.acquire(key, holder, now + this.#leaseTime, now),
    );
  }

  async #release(key: string, holder: string): Promise<void> {
    await attempt("storeFailed", () => this.#deps.tables.leases.release(key, holder));
  }

  async #fetch(
    source: CredentialSource,
    options: RenewalOptions,
    stored: Credential | null,
    extendLease: Fetch["extendLease"],
  ): Promise<ServedCredential | Failure> {
    const { tables, clock, log } = this.#deps;
    const force = options.force === true;
    const fetched = await source.fetch({ force, failed: options.rotate ?? null, extendLease });
    const now = clock.now();
    // The log alone tells of background renewals, and of failures hidden by a valid old value.
    const about = { owner: loggableId(source.owner), kind: source.kind, force };
    if (fetched instanceof Failure) {
      const { wechat, cause } = fetched.detail;
      log.warn(
        {
          ...about,
          failure: fetched.code,
          ...(wechat && { wechat }),
          ...(cause !== undefined && { err: cause }),
        },
        "a hosted credential could not be renewed",
      );
      const pause = this.#pauses.afterFailure(source, fetched, now);
      if (await source.isCurrent()) await this.#storeFailure(source.key, fetched, pause);
      return fetched;
    }
    const credential: Credential = {
      key: source.key,
      value: fetched.value,
      fetchedAt: now,
      expiresAt: now + Math.min(fetched.expiresInSeconds * 1000, LONGEST_LIFE),
      lastUsedAt: options.background ? (stored?.lastUsedAt ?? now) : now,
      forcedAt: force ? now : (stored?.forcedAt ?? null),
    };
    if (!(await source.isCurrent())) return served(credential, "new");
    const saved = await attempt(source.notSaved, () => tables.credentials.put(credential));
    if (saved instanceof Failure) return saved;
    log.info(
      { ...about, expiresInSeconds: fetched.expiresInSeconds },
      "a hosted credential was renewed",
    );
    this.#pauses.end(source.key);
    // WeChat returns the same stable token until its last minutes; asking at once would not help.
    if (credential.expiresAt - now <= RENEWAL_HORIZON)
      this.#pauses.inBackground(source, now, FORCED_APART);
    return served(credential, "new");
  }

  /** Stores why a renewal failed, for lists of every process. A failure to do so is ignored. */
  async #storeFailure(key: string, { code, detail }: Failure, pause: RenewalPause): Promise<void> {
    const { wechat = null, upstream = null } = detail;
    const failure = {
      ...{ key, at: pause.since, code },
      wechat: wechat && { ...wechat, errmsg: excerpt(wechat.errmsg) },
      upstream: upstream && excerpt(upstream),
      ...{ failures: pause.failures, nextAttemptAt: pause.until },
    };
    await attempt("storeFailed", () => this.#deps.tables.renewalFailures.put(failure));
  }

  #load(key: string): Promise<Credential | null | Failure> {
    return attempt("storeFailed", () => this.#deps.tables.credentials.get(key));
  }

  /** Records a use, by which the scheduler keeps it warm. A failure to do so is ignored. */
  #noteUse(stored: Credential, now: Milliseconds): void {
    if (now - stored.lastUsedAt >= USE_INTERVAL || isAhead(stored.lastUsedAt, now))
      void attempt("storeFailed", () => this.#deps.tables.credentials.touch(stored.key, now));
  }
}

/** Compares two secrets in time that does not depend on where they differ. */
const equalTexts = (one: string, other: string): boolean => isSha256Of(sha256(one), other);

const shareKey = (key: string, { background, force, rotate }: RenewalOptions): string =>
  `${key} ${background ? "background" : ""} ${force ? "force" : ""} ${rotate ?? ""}`;

const served = (
  { value, expiresAt }: Credential,
  state: ServedCredential["state"],
): ServedCredential => ({
  value,
  expiresAt,
  state,
});

/** Whether the stored value is as the caller wants it. */
function satisfies(
  stored: Credential,
  { force, rotate }: CredentialOptions,
  now: Milliseconds,
): boolean {
  if (timeLeft(stored, now) === 0 || stored.value === rotate) return false;
  if (force !== true) return true;
  return stored.forcedAt !== null && Math.abs(now - stored.forcedAt) < FORCED_APART;
}

/** Whether somebody else has meanwhile done this renewal. */
function isRenewed(
  stored: Credential,
  options: RenewalOptions,
  startedAt: Milliseconds,
  now: Milliseconds,
): boolean {
  if (!options.background) return satisfies(stored, options, now);
  if (timeLeft(stored, now) > RENEWAL_HORIZON) return true;
  return stored.fetchedAt > startedAt && !isAhead(stored.fetchedAt, now);
}
