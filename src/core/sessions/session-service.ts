import { isSha256Of } from "../../crypto/digest.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import { StoreError } from "../store-error.ts";
import type { Activity } from "../usage/activity.ts";
import {
  forgetAt,
  isSessionId,
  lapse,
  lapsesAt,
  remainingSeconds,
  type Session,
  type SessionWithKey,
  visitInterval,
} from "./session.ts";
import type { SessionTable } from "./session-table.ts";

/** What a client shows to prove its session. */
export interface SessionProof {
  id: string;
  skey: string;
  /** The app that the caller names; null leaves it to the session. */
  appid: string | null;
}

export interface VerifiedSession {
  session: Session;
  /** When the session lapses if nobody visits it again. */
  lapsesAt: Milliseconds;
  /** Whole seconds for which the session stays valid if nobody visits it again. */
  durationSeconds: number;
}

export interface SessionServiceDeps {
  tables: { sessions: SessionTable };
  clock: Clock;
  apps: AppService;
  activity: Activity;
}

/** Checks the sessions that logins made. */
export class SessionService {
  readonly #tables;
  readonly #clock;
  readonly #apps;
  readonly #activity;
  /** Visits that are being written, by session id. */
  readonly #visits = new Map<string, Promise<boolean | Failure>>();

  constructor({ tables, clock, apps, activity }: SessionServiceDeps) {
    this.#tables = tables;
    this.#clock = clock;
    this.#apps = apps;
    this.#activity = activity;
  }

  /**
   * Checks a session, which counts as a visit. One read; one write at most once a minute.
   *
   * @returns a Failure: sessionNotFound, sessionOfOtherApp, loginExpired, sessionExpired, appNotFound, storeFailed,
   * visitNotSaved
   */
  verify(proof: SessionProof): Awaitable<VerifiedSession | Failure> {
    let read: Awaitable<Session | null>;
    try {
      read = isSessionId(proof.id) ? this.#tables.sessions.get(proof.id, proof.appid) : null;
    } catch (cause) {
      return storeFailure(cause);
    }
    if (read !== null && !(read instanceof Promise)) return this.#verifyRead(read, proof);
    return this.#verifyElsewhere(read, proof);
  }

  /** As verify, of a session that takes its time to be read, or that is not where it was looked for. */
  async #verifyElsewhere(
    read: Promise<Session | null> | null,
    proof: SessionProof,
  ): Promise<VerifiedSession | Failure> {
    let session: Session | null;
    try {
      session = await read;
      if (session === null && proof.appid === null)
        session = await this.#inDefaultApp(proof, (id, appid) =>
          this.#tables.sessions.get(id, appid),
        );
    } catch (cause) {
      return storeFailure(cause);
    }
    return this.#verifyRead(session, proof);
  }

  /** At once when the app is known and all is well: a promise would cost what a read does. */
  #verifyRead(session: Session | null, proof: SessionProof): Awaitable<VerifiedSession | Failure> {
    const now = this.#clock.now();
    const app = this.#check(session, proof, now);
    return app instanceof Promise
      ? app.then((checked) => this.#admit(session, checked, now))
      : this.#admit(session, app, now);
  }

  #admit(
    session: Session | null,
    app: App | Failure,
    now: Milliseconds,
  ): Awaitable<VerifiedSession | Failure> {
    if (app instanceof Failure) return app;
    if (session === null) return new Failure("sessionNotFound");
    this.#activity.note(app.appid, "verifications");
    if (now - session.lastVisitAt < visitInterval(app))
      return verified(session, app, session.lastVisitAt, now);
    return this.#visit(session, app, now).then((visit) => {
      if (visit instanceof Failure) return visit;
      // false: another process wrote one, at some time since.
      return verified(session, app, visit ? now : now - visitInterval(app), now);
    });
  }

  /**
   * Checks a session as verify does, without counting as a visit, and gives its session_key.
   *
   * @returns a Failure, as verify
   */
  async open(proof: SessionProof): Promise<SessionWithKey | Failure> {
    const read = (id: string, appid: string | null) =>
      this.#tables.sessions.getWithSessionKey(id, appid);
    const session = await attempt("storeFailed", async () => {
      const found = isSessionId(proof.id) ? await read(proof.id, proof.appid) : null;
      return found === null && proof.appid === null ? this.#inDefaultApp(proof, read) : found;
    });
    if (session instanceof Failure) return session;
    const app = await this.#check(session, proof, this.#clock.now());
    if (app instanceof Failure) return app;
    return session ?? new Failure("sessionNotFound");
  }

  /** A session that names no app, and that another server wrote to a store of sessions by app: the default app's. */
  async #inDefaultApp<T>(
    { id }: SessionProof,
    read: (id: string, appid: string) => Awaitable<T | null>,
  ): Promise<T | null> {
    const app = isSessionId(id) ? await this.#apps.find(null) : null;
    return app === null || app instanceof Failure ? null : read(id, app.appid);
  }

  /** The session's app, if the proof holds. At once when the app is known and all is well. */
  #check(
    session: Session | null,
    proof: SessionProof,
    now: Milliseconds,
  ): App | Failure | Promise<App | Failure> {
    // An unknown id and a wrong skey must look the same.
    if (session === null || !isSha256Of(session.skeyHash, proof.skey))
      return this.#refuse(proof.appid, "sessionNotFound");
    if (proof.appid !== null && proof.appid !== session.appid)
      return this.#refuse(proof.appid, "sessionOfOtherApp");
    const app = this.#apps.findRecent(session.appid);
    return app instanceof Promise
      ? app.then((found) => (found instanceof Failure ? found : inTime(session, found, now)))
      : inTime(session, app, now);
  }

  /** "No such app" goes before "log in again", which could not help. */
  async #refuse(
    appid: string | null,
    code: "sessionNotFound" | "sessionOfOtherApp",
  ): Promise<Failure> {
    const app = appid === null ? await this.#apps.isEmpty() : await this.#apps.findRecent(appid);
    if (app instanceof Failure) return app;
    return new Failure(app === true ? "appNotFound" : code);
  }

  #visit(session: Session, app: App, now: Milliseconds): Promise<boolean | Failure> {
    const underWay = this.#visits.get(session.id);
    if (underWay !== undefined) return underWay;
    const visit = attempt("visitNotSaved", () =>
      this.#tables.sessions.touch(session, {
        lastVisitAt: now,
        ifVisitedBefore: now - visitInterval(app),
        expiresAt: forgetAt({ loginAt: session.loginAt, lastVisitAt: now }, app),
      }),
    ).finally(() => this.#visits.delete(session.id));
    this.#visits.set(session.id, visit);
    return visit;
  }
}

function inTime(session: Session, app: App, now: Milliseconds): App | Failure {
  const lapsed = lapse(session, app, now);
  return lapsed === null ? app : new Failure(lapsed);
}

function verified(
  session: Session,
  app: App,
  lastVisitAt: Milliseconds,
  now: Milliseconds,
): VerifiedSession {
  const clocks = { loginAt: session.loginAt, lastVisitAt };
  return {
    session,
    lapsesAt: lapsesAt(clocks, app),
    durationSeconds: remainingSeconds(clocks, app, now),
  };
}

/** What a store's read threw. Whatever is no error of the store's is thrown on. */
function storeFailure(cause: unknown): Failure {
  if (cause instanceof StoreError) return new Failure("storeFailed", { cause });
  throw cause;
}
