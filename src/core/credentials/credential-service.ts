import { loggableId } from "../apps/app.ts";
import { attempt } from "../attempt.ts";
import type { LeaseTable } from "../coordination/lease-table.ts";
import { type ErrorCode, Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Log, Milliseconds, Random } from "../ports.ts";
import type { Credential } from "./credential.ts";
import type { CredentialTable } from "./credential-table.ts";
import type { FetchedCredential } from "./credential-upstream.ts";

/** A credential is renewed when less than this is left of it; until then the old one is served. */
export const RENEWAL_HORIZON: Milliseconds = 10 * 60_000;
/** A sooner force gets the current value: WeChat refuses it anyway, and its quota is 20 a day. */
const FORCED_APART: Milliseconds = 30_000;
/** lastUsedAt is written at most once in this time. */
const USE_INTERVAL: Milliseconds = 3_600_000;
/** How often a waiter looks whether the renewer is done. */
const POLL: Milliseconds = 40;
/** The wait after a first failure; it doubles with every further one. */
const FIRST_PAUSE: Milliseconds = 1000;
const LONGEST_PAUSE: Milliseconds = 60_000;

/** Where one hosted credential comes from. */
export interface CredentialSource {
  key: string;
  /** Whose it is: an appid, or `corpid:agentid`. */
  owner: string;
  kind: string;
  /** When its owner, secret and all, was last changed: a failure of before says nothing any more. */
  ownerUpdatedAt: Milliseconds;
  /** What it is when the store refuses a new value. */
  notSaved: ErrorCode;
  /** Whether its owner is still the one it was made for: what was fetched for a replaced one must not be kept. */
  isCurrent(): Promise<boolean>;
  /** Fetches a new value from WeChat. */
  fetch(how: Fetch): Promise<FetchedCredential | Failure>;
}

export interface Fetch {
  /** Renew at once, even if the old value is still good. */
  force: boolean;
  /** A value that turned out dead, and must not be given again; or null. */
  failed: string | null;
  /** To be called before every request but the first: the lease is as long as one request may take. */
  extendLease(): Promise<void>;
}

/** What a caller wants beside the current value. */
export interface CredentialOptions {
  /** A new value at once. */
  force?: boolean;
  /** The value that a caller met as dead: renewed only if it is still the current one. */
  rotate?: string | null;
}

export interface ServedCredential {
  value: string;
  expiresAt: Milliseconds;
  /** Fetched for this call; from the store; or from the store while a renewal is under way. */
  state: "new" | "stored" | "renewing";
}

/** A credential as whoever administers them sees it. */
export interface ListedCredential {
  credential: Credential;
  /** Expiring: so little is left of it that it is due for renewal. */
  state: "valid" | "expiring" | "expired";
}

export interface CredentialServiceDeps {
  tables: { credentials: CredentialTable; leases: LeaseTable };
  clock: Clock;
  random: Random;
  log: Log;
  /** The longest that a fetch may take; a lease is a little longer. */
  fetchTimeout: Milliseconds;
}

/** Why a key is not renewed for now. */
interface Pause {
  since: Milliseconds;
  until: Milliseconds;
  failures: number;
  /** The outcome that foreground callers get meanwhile; null when only background renewals have to wait. */
  failure: Failure | null;
}

/**
 * Keeps tokens and tickets of every kind. Exactly one caller renews a credential at a time, across requests, processes
 * and nodes, by the store's lease; the others wait for its result, and look again before they ask (PROTOCOL section 1.4).
 */
export class CredentialService {
  readonly #deps;
  readonly #renewals = new Map<string, Promise<ServedCredential | Failure>>();
  readonly #pauses = new Map<string, Pause>();

  constructor(deps: CredentialServiceDeps) {
    this.#deps = deps;
  }

  /**
   * The current value of a credential; fetched when there is none, renewed when the wish says so.
   *
   * @returns a Failure: storeFailed, the source's notSaved, or what its fetch fails with
   */
  async get(
    source: CredentialSource,
    wish: CredentialOptions = {},
  ): Promise<ServedCredential | Failure> {
    const stored = await this.#load(source.key);
    if (stored instanceof Failure) return stored;
    const now = this.#deps.clock.now();
    if (stored !== null && satisfies(stored, wish, now)) {
      this.#noteUse(stored, now);
      return served(stored, this.renewIfDue(source, stored) ? "renewing" : "stored");
    }
    const renewed = await this.#share(source, wish);
    // The old value, while it is valid, is better than none; but not one that the caller found dead.
    const isUseful =
      stored !== null && stored.expiresAt > this.#deps.clock.now() && stored.value !== wish.rotate;
    return renewed instanceof Failure && isUseful ? served(stored, "stored") : renewed;
  }

  /** All that are hosted, by key; a Failure: badParameter (cursor), storeFailed. */
  async list(page: PageRequest): Promise<Page<ListedCredential> | Failure> {
    const found = await attempt("storeFailed", () => this.#deps.tables.credentials.list(page));
    if (found instanceof Failure) return found;
    const now = this.#deps.clock.now();
    const items = found.items.map((credential) => ({
      credential,
      state: stateOf(credential, now),
    }));
    return { items, next: found.next };
  }

  /** Begins a renewal in the background if little is left of a credential; tells whether one is under way. */
  renewIfDue(source: CredentialSource, stored: Credential): boolean {
    const now = this.#deps.clock.now();
    if (stored.expiresAt - now > RENEWAL_HORIZON) return false;
    const pause = this.#pauseOf(source, now);
    const isUnderWay = this.#renewals.has(shareKey(source.key, { background: true }));
    if (pause !== null && !isUnderWay) return false;
    void this.#share(source, { background: true });
    return true;
  }

  /** Waits for the renewals in hand. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#renewals.values());
  }

  /** One request may take as long. */
  get #leaseTime(): Milliseconds {
    return this.#deps.fetchTimeout + 1000;
  }

  /** Equal wishes of this process are one renewal; the lease is for the others. */
  #share(source: CredentialSource, wish: Wish): Promise<ServedCredential | Failure> {
    const key = shareKey(source.key, wish);
    const underWay = this.#renewals.get(key);
    if (underWay !== undefined) return underWay;
    const renewal = this.#renew(source, wish).finally(() => this.#renewals.delete(key));
    this.#renewals.set(key, renewal);
    return renewal;
  }

  async #renew(source: CredentialSource, wish: Wish): Promise<ServedCredential | Failure> {
    const { tables, clock, random } = this.#deps;
    const startedAt = clock.now();
    const pause = this.#pauseOf(source, startedAt);
    if (pause?.failure) return pause.failure;
    const holder = random.hex(8);
    const leaseTime = this.#leaseTime;
    // Long enough for a lease whose holder died, and a renewal of our own after it.
    const giveUpAt = startedAt + 2 * leaseTime;
    while (clock.now() < giveUpAt) {
      const now = clock.now();
      const leased = await attempt("storeFailed", () =>
        tables.leases.acquire(source.key, holder, now + leaseTime, now),
      );
      if (leased instanceof Failure) return leased;
      if (leased) {
        try {
          return await this.#renewLeased(source, wish, startedAt, holder);
        } finally {
          await attempt("storeFailed", () => tables.leases.release(source.key, holder));
        }
      }
      const stored = await this.#load(source.key);
      if (stored instanceof Failure) return stored;
      if (stored !== null && isRenewed(stored, wish, startedAt, clock.now()))
        return served(stored, "stored");
      await clock.sleep(POLL);
    }
    return new Failure("wechatUnreachable", {
      cause: new Error("another process holds the renewal's lease"),
    });
  }

  /** With the lease in hand: looks again, and fetches only if nobody else has done it meanwhile. */
  async #renewLeased(
    source: CredentialSource,
    wish: Wish,
    startedAt: Milliseconds,
    holder: string,
  ): Promise<ServedCredential | Failure> {
    const { tables, clock } = this.#deps;
    const stored = await this.#load(source.key);
    if (stored instanceof Failure) return stored;
    if (stored !== null && isRenewed(stored, wish, startedAt, clock.now()))
      return served(stored, "stored");
    return this.#fetch(source, wish, stored, async () => {
      const now = clock.now();
      await attempt("storeFailed", () =>
        tables.leases.acquire(source.key, holder, now + this.#leaseTime, now),
      );
    });
  }

  async #fetch(
    source: CredentialSource,
    wish: Wish,
    stored: Credential | null,
    extendLease: Fetch["extendLease"],
  ): Promise<ServedCredential | Failure> {
    const { tables, clock, log } = this.#deps;
    const force = wish.force === true;
    const fetched = await source.fetch({ force, failed: wish.rotate ?? null, extendLease });
    const now = clock.now();
    // Of background renewals, and of those behind which an old value was served, nothing else would tell.
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
      this.#pauseAfterFailure(source.key, fetched, now);
      return fetched;
    }
    const credential: Credential = {
      key: source.key,
      value: fetched.value,
      fetchedAt: now,
      expiresAt: now + fetched.expiresInSeconds * 1000,
      lastUsedAt: wish.background ? (stored?.lastUsedAt ?? now) : now,
      forcedAt: force ? now : (stored?.forcedAt ?? null),
    };
    if (!(await source.isCurrent())) return served(credential, "new");
    const saved = await attempt(source.notSaved, () => tables.credentials.put(credential));
    if (saved instanceof Failure) return saved;
    log.info(
      { ...about, expiresInSeconds: fetched.expiresInSeconds },
      "a hosted credential was renewed",
    );
    this.#pauses.delete(source.key);
    // WeChat gives a stable token again until its last minutes: asking at once would not help.
    if (credential.expiresAt - now <= RENEWAL_HORIZON)
      this.#pauses.set(source.key, {
        since: now,
        until: now + FORCED_APART,
        failures: 0,
        failure: null,
      });
    return served(credential, "new");
  }

  #pauseAfterFailure(key: string, failure: Failure, now: Milliseconds): void {
    const failures = (this.#pauses.get(key)?.failures ?? 0) + 1;
    const length = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1));
    this.#pauses.set(key, { since: now, until: now + length, failures, failure });
  }

  #pauseOf(source: CredentialSource, now: Milliseconds): Pause | null {
    const pause = this.#pauses.get(source.key);
    return pause !== undefined && now < pause.until && source.ownerUpdatedAt <= pause.since
      ? pause
      : null;
  }

  #load(key: string): Promise<Credential | null | Failure> {
    return attempt("storeFailed", () => this.#deps.tables.credentials.get(key));
  }

  /** So that the scheduler keeps it warm. A use that is not noted is no reason to fail. */
  #noteUse(stored: Credential, now: Milliseconds): void {
    if (now - stored.lastUsedAt >= USE_INTERVAL)
      void attempt("storeFailed", () => this.#deps.tables.credentials.touch(stored.key, now));
  }
}

/** A wish, or the scheduler's: a new value although the old one is still good for a while. */
type Wish = CredentialOptions & { background?: boolean };

const shareKey = (key: string, wish: Wish): string =>
  `${key} ${wish.background ? "background" : ""} ${wish.force ? "force" : ""} ${wish.rotate ?? ""}`;

function stateOf({ expiresAt }: Credential, now: Milliseconds): ListedCredential["state"] {
  if (expiresAt <= now) return "expired";
  return expiresAt - now <= RENEWAL_HORIZON ? "expiring" : "valid";
}

const served = (
  { value, expiresAt }: Credential,
  state: ServedCredential["state"],
): ServedCredential => ({
  value,
  expiresAt,
  state,
});

/** Whether the stored value is what the caller wants. */
function satisfies(
  stored: Credential,
  { force, rotate }: CredentialOptions,
  now: Milliseconds,
): boolean {
  if (stored.expiresAt <= now || stored.value === rotate) return false;
  return force !== true || (stored.forcedAt !== null && now - stored.forcedAt < FORCED_APART);
}

/** Whether somebody else has done in the meantime what this renewal is for. */
function isRenewed(
  stored: Credential,
  wish: Wish,
  startedAt: Milliseconds,
  now: Milliseconds,
): boolean {
  if (!wish.background) return satisfies(stored, wish, now);
  return stored.expiresAt - now > RENEWAL_HORIZON || stored.fetchedAt > startedAt;
}
