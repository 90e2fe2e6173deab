import { isSha256Of } from "../../crypto/digest.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import type { Activity } from "../usage/activity.ts";
import {
  canVisitLater,
  isSessionId,
  isVisitDue,
  lapse,
  lapsesUnvisitedAt,
  needsVisit,
  remainingSeconds,
  type Session,
  type SessionWithKey,
} from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import type { Visits } from "./visits.ts";

/** The id and secret with which a client proves its session. */
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
  visits: Visits;
}

/** A session whose proof holds, with its app. */
interface Proven<S extends Session> {
  session: S;
  app: App;
  /** When it was checked. */
  now: Milliseconds;
}

/** Checks the sessions that logins made. */
export class SessionService {
  readonly #tables;
  readonly #clock;
  readonly #apps;
  readonly #activity;
  readonly #visits;

  constructor({ tables, clock, apps, activity, visits }: SessionServiceDeps) {
    this.#tables = tables;
    this.#clock = clock;
    this.#apps = apps;
    this.#activity = activity;
    this.#visits = visits;
  }

  /**
   * Verifies a session, which counts as a visit. Costs one read: the visit is written after the
   * answer, but where the session would soon lapse without it. There the check waits for the write,
   * and fails if the store refuses it.
   *
   * @returns a Failure: sessionNotFound, sessionOfOtherApp, loginExpired, sessionExpired,
   * appNotFound, storeFailed, visitNotSaved
   */
  async verify(proof: SessionProof): Promise<VerifiedSession | Failure> {
    const proven = await this.#prove(proof, (id, appid) => this.#tables.sessions.get(id, appid));
    if (proven instanceof Failure) return proven;
    const { session, app, now } = proven;
    this.#activity.note(app.appid, "verifications");
    if (!isVisitDue(session, app, now)) return verified(session, app, session.lastVisitAt, now);
    if (canVisitLater(session, app, now)) {
      this.#visits.note(session, app, now);
      return verified(session, app, now, now);
    }
    const refused = await this.#visits.save(session, app, now);
    if (refused === null) return verified(session, app, now, now);
    return needsVisit(session, app, now)
      ? refused
      : verified(session, app, session.lastVisitAt, now);
  }

  /**
   * Checks a session as verify does, without counting as a visit, and returns it with its
   * session_key.
   *
   * @returns a Failure, as verify
   */
  async open(proof: SessionProof): Promise<SessionWithKey | Failure> {
    const proven = await this.#prove(proof, (id, appid) =>
      this.#tables.sessions.getWithSessionKey(id, appid),
    );
    return proven instanceof Failure ? proven : proven.session;
  }

  async #prove<S extends Session>(
    proof: SessionProof,
    read: (id: string, appid: string | null) => Awaitable<S | null>,
  ): Promise<Proven<S> | Failure> {
    const session = await attempt("storeFailed", () => this.#find(proof, read));
    if (session instanceof Failure) return session;
    const now = this.#clock.now();
    // An unknown id and a wrong skey must look the same.
    if (session === null || !isSha256Of(session.skeyHash, proof.skey))
      return await this.#refuse(proof.appid, "sessionNotFound");
    if (proof.appid !== null && proof.appid !== session.appid)
      return await this.#refuse(proof.appid, "sessionOfOtherApp");
    const app = await this.#apps.findRecent(session.appid);
    if (app instanceof Failure) return app;
    const lapsed = lapse(session, app, now);
    return lapsed === null ? { session, app, now } : new Failure(lapsed);
  }

  async #find<S>(
    { id, appid }: SessionProof,
    read: (id: string, appid: string | null) => Awaitable<S | null>,
  ): Promise<S | null> {
    if (!isSessionId(id)) return null;
    const session = await read(id, appid);
    if (session !== null || appid !== null) return session;
    // Sessions that another server wrote to a store that keeps them by app: no appid means the
    // default app's.
    const app = await this.#apps.find(null);
    return app instanceof Failure ? null : await read(id, app.appid);
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
    lapsesAt: lapsesUnvisitedAt(clocks, app, now),
    durationSeconds: remainingSeconds(clocks, app, now),
  };
}
