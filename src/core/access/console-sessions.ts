import { equalDigests, hmacSha256, isSha256Of, sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Limits } from "../limits/limits.ts";
import type { Clock, Milliseconds, Random } from "../ports.ts";
import { readAll } from "../read-all.ts";
import { isAhead } from "../stored-time.ts";
import type { Actor } from "./audit.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { type ConsoleSession, shownConsoleId } from "./console-session.ts";
import type { ConsoleSessionTable } from "./console-session-table.ts";
import { refuseWrongKey } from "./wrong-key.ts";

const HOUR: Milliseconds = 3_600_000;
/** A session ends so long after its last use, and so long after its start. */
const LONGEST_IDLE = 12 * HOUR;
const LONGEST = 7 * 24 * HOUR;
/** lastUsedAt is written at most once in this time. */
const USE_INTERVAL: Milliseconds = 60_000;
/** More sessions than administrators have browsers. */
const MOST_SESSIONS = 1000;
const TOKEN_BYTES = 32;
/** How long a wrong key waits for its answer, and how many of them may wait at once. */
const WRONG_KEY_WAIT: Milliseconds = 1000;
const MOST_WAITING = 64;

/** The origin of a request for the audit. */
export type ConsoleClient = Pick<Actor, "requestId" | "address">;

/** A started session, with the token that only its browser keeps. */
export interface StartedConsoleSession {
  /** 64 lower-case hex digits. */
  token: string;
  session: ConsoleSession;
}

/** Sessions of administrators' browsers (docs/protocol-reference.md#console-session). */
export class ConsoleSessions {
  readonly #adminKey;
  readonly #adminKeyHash;
  readonly #sessions;
  readonly #clock;
  readonly #random;
  readonly #limits;
  readonly #audit;
  /** Last recorded use of a session by its id, which the store may not have yet. */
  readonly #noted = new Map<string, Milliseconds>();
  #waiting = 0;

  constructor({
    adminKey,
    tables,
    clock,
    random,
    limits,
    audit,
  }: {
    adminKey: string;
    tables: { consoleSessions: ConsoleSessionTable };
    clock: Clock;
    random: Random;
    limits: Limits;
    audit: AuditTrail;
  }) {
    this.#adminKey = adminKey;
    this.#adminKeyHash = sha256(adminKey);
    this.#sessions = tables.consoleSessions;
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    this.#audit = audit;
  }

  /**
   * Starts a session for the holder of the admin key. A wrong key waits for its answer, and counts
   * as one; of many sessions the least recently used ends.
   *
   * @returns a Failure: keyRequired, tooOften, storeFailed
   */
  async start(key: string, client: ConsoleClient): Promise<StartedConsoleSession | Failure> {
    if (!isSha256Of(this.#adminKeyHash, key)) return this.#refuse(client.address);
    const now = this.#clock.now();
    const token = this.#random.hex(TOKEN_BYTES);
    const id = idOf(token);
    const session = { id, proof: this.#proofOf(id), startedAt: now, lastUsedAt: now };
    const hasRoom = await this.#makeRoom(now);
    if (hasRoom instanceof Failure) return hasRoom;
    const saved = await attempt("storeFailed", () => this.#sessions.create(session));
    if (saved instanceof Failure) return saved;
    await this.#record("console.signedIn", session, client);
    return { token, session };
  }

  /**
   * Returns the session of a token, and notes its use.
   *
   * @returns a Failure: keyRequired when it has ended, storeFailed
   */
  async use(token: string): Promise<ConsoleSession | Failure> {
    const session = await this.#find(token);
    if (session instanceof Failure) return session;
    this.#noteUse(session, this.#clock.now());
    return session;
  }

  /**
   * Returns the session of a token without a use of it.
   *
   * @returns a Failure: keyRequired when it has ended, storeFailed
   */
  look(token: string): Promise<ConsoleSession | Failure> {
    return this.#find(token);
  }

  /** Ends a session at once, for all processes; one that has ended is fine. */
  async end(token: string, client: ConsoleClient): Promise<Failure | null> {
    const session = await this.#find(token);
    if (session instanceof Failure) return session.code === "keyRequired" ? null : session;
    const removed = await attempt("storeFailed", () => this.#sessions.remove(session.id));
    if (removed instanceof Failure) return removed;
    if (removed) await this.#record("console.signedOut", session, client);
    return null;
  }

  /** Returns when a session ends if it is not used again. */
  endOf({ startedAt, lastUsedAt }: ConsoleSession): Milliseconds {
    return Math.min(startedAt + LONGEST, lastUsedAt + LONGEST_IDLE);
  }

  async #find(token: string): Promise<ConsoleSession | Failure> {
    const id = idOf(token);
    const session = await attempt("storeFailed", () => this.#sessions.get(id));
    if (session instanceof Failure) return session;
    return session !== null && this.#isGood(session, this.#clock.now())
      ? session
      : new Failure("keyRequired", { reason: "the console's session has ended: sign in again" });
  }

  #isGood(session: ConsoleSession, now: Milliseconds): boolean {
    const { id, proof, startedAt, lastUsedAt } = session;
    return (
      equalDigests(Buffer.from(proof), Buffer.from(this.#proofOf(id))) &&
      // Times of a clock that was wrong would make it last for longer.
      !isAhead(startedAt, now) &&
      !isAhead(lastUsedAt, now) &&
      now < this.endOf(session)
    );
  }

  #proofOf(id: string): string {
    return hmacSha256(this.#adminKey, `console session ${id}`);
  }

  /** Removes the sessions that have ended, and those beyond the most that there may be. */
  async #makeRoom(now: Milliseconds): Promise<Failure | null> {
    const all = await readAll((page) => this.#sessions.list(page));
    if (all instanceof Failure) return all;
    const [good, ended] = [true, false].map((wanted) =>
      all.filter((session) => this.#isGood(session, now) === wanted),
    ) as [ConsoleSession[], ConsoleSession[]];
    const beyond = good
      .sort((one, other) => one.lastUsedAt - other.lastUsedAt)
      .slice(0, Math.max(0, good.length + 1 - MOST_SESSIONS));
    for (const { id } of [...ended, ...beyond]) {
      this.#noted.delete(id);
      const removed = await attempt("storeFailed", () => this.#sessions.remove(id));
      if (removed instanceof Failure) return removed;
    }
    return null;
  }

  async #refuse(address: string | null): Promise<Failure> {
    const failure = refuseWrongKey(this.#limits, address, "the key is not the admin key");
    if (this.#waiting >= MOST_WAITING) return failure;
    this.#waiting += 1;
    try {
      await this.#clock.sleep(WRONG_KEY_WAIT);
    } finally {
      this.#waiting -= 1;
    }
    return failure;
  }

  /** Records a use behind the answer. A failure to do so is ignored. */
  #noteUse({ id, lastUsedAt }: ConsoleSession, now: Milliseconds): void {
    const noted = this.#noted.get(id) ?? 0;
    const last = Math.max(lastUsedAt, isAhead(noted, now) ? 0 : noted);
    if (now - last < USE_INTERVAL) return;
    if (this.#noted.size >= MOST_SESSIONS) this.#noted.clear();
    this.#noted.set(id, now);
    void attempt("storeFailed", () => this.#sessions.touch(id, now));
  }

  #record(
    action: "console.signedIn" | "console.signedOut",
    session: ConsoleSession,
    client: ConsoleClient,
  ): Promise<void> {
    const shown = shownConsoleId(session);
    return this.#audit.record({ ...client, by: `console:${shown}` }, action, shown);
  }
}

const idOf = (token: string): string => sha256(token).toString("hex");
