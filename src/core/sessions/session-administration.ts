import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { isSessionId, lapse, lapsesUnvisitedAt, type Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";

/** A session in an administrator's view. */
export interface ListedSession {
  session: Session;
  state: "active" | "loginExpired" | "sessionExpired";
  /** When the session lapses, or lapsed, without a further visit. */
  lapsesAt: Milliseconds;
}

/** Returns a session of an app as administrators see it. */
export const listedSession = (session: Session, app: App, now: Milliseconds): ListedSession => ({
  session,
  state: lapse(session, app, now) ?? "active",
  lapsesAt: lapsesUnvisitedAt(session, app, now),
});

/** Sessions per transaction: few enough not to delay other writers. */
const BATCH = 500;
/** How long one call ends the sessions of an app. */
const PATIENCE_MS: Milliseconds = 5000;

export interface SessionAdministrationDeps {
  tables: { sessions: SessionTable };
  clock: Clock;
  monotonic: () => Milliseconds;
  apps: AppService;
  audit: AuditTrail;
}

/**
 * Lists and ends the sessions of an app, for its administrators. Needs no skey, and returns none.
 */
export class SessionAdministration {
  readonly #deps;

  constructor(deps: SessionAdministrationDeps) {
    this.#deps = deps;
  }

  /**
   * Lists sessions by openid and id, or those of one openid. Reading does not count as a visit.
   *
   * @returns a Failure: appNotFound, badParameter (cursor), storeFailed
   */
  async list(
    appid: string,
    openid: string | null,
    page: PageRequest,
  ): Promise<Page<ListedSession> | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    const found = await attempt("storeFailed", () =>
      this.#deps.tables.sessions.list(appid, openid, page),
    );
    if (found instanceof Failure) return found;
    const now = this.#deps.clock.now();
    return {
      items: found.items.map((session) => listedSession(session, app, now)),
      next: found.next,
    };
  }

  /** Returns one session of an app; a Failure: appNotFound, sessionNotFound, storeFailed. */
  async find(appid: string, id: string): Promise<ListedSession | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    const session = await this.#load(appid, id);
    if (session instanceof Failure) return session;
    return listedSession(session, app, this.#deps.clock.now());
  }

  /** Ends one session of an app; a Failure: sessionNotFound, sessionNotSaved, storeFailed. */
  async revoke(appid: string, id: string, actor: Actor): Promise<null | Failure> {
    const session = await this.#load(appid, id);
    if (session instanceof Failure) return session;
    const revoked = await attempt("sessionNotSaved", () =>
      this.#deps.tables.sessions.revoke({ id, appid }),
    );
    if (revoked instanceof Failure) return revoked;
    if (!revoked) return new Failure("sessionNotFound");
    await this.#deps.audit.record(actor, "session.revoked", `${appid}/${id}`);
    return null;
  }

  /**
   * Ends every session of a user, and returns how many; a Failure: appNotFound, sessionNotSaved,
   * storeFailed.
   */
  async revokeByUser(appid: string, openid: string, actor: Actor): Promise<number | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    const revoked = await attempt("sessionNotSaved", () =>
      this.#deps.tables.sessions.revokeByUser(appid, openid),
    );
    if (revoked instanceof Failure || revoked === 0) return revoked;
    await this.#deps.audit.record(actor, "session.revoked", `${appid}/${openid}`);
    return revoked;
  }

  /**
   * Ends the sessions of an app, those of the moment included, for at most five seconds.
   *
   * @returns how many ended, and whether none is left; a Failure: appNotFound, sessionNotSaved
   *   (some may have ended), storeFailed
   */
  async revokeByApp(
    appid: string,
    actor: Actor,
  ): Promise<{ revoked: number; isComplete: boolean } | Failure> {
    const { apps, tables, monotonic, audit } = this.#deps;
    const app = await apps.find(appid);
    if (app instanceof Failure) return app;
    const begunAt = monotonic();
    let revoked = 0;
    let last: number | Failure = BATCH;
    while (last === BATCH && monotonic() - begunAt < PATIENCE_MS) {
      last = await attempt("sessionNotSaved", () => tables.sessions.revokeByApp(appid, BATCH));
      revoked += last instanceof Failure ? 0 : last;
    }
    if (revoked > 0) await audit.record(actor, "session.revoked", appid, ["all"]);
    return last instanceof Failure ? last : { revoked, isComplete: last < BATCH };
  }

  async #load(appid: string, id: string): Promise<Session | Failure> {
    const session = await attempt("storeFailed", () =>
      isSessionId(id) ? this.#deps.tables.sessions.get(id, appid) : null,
    );
    if (session instanceof Failure) return session;
    // Don't reveal that another app has a session of this id.
    return session?.appid === appid ? session : new Failure("sessionNotFound");
  }
}
