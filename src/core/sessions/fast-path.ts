import { isSha256Of } from "../../crypto/digest.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { Activity } from "../usage/activity.ts";
import type { EncodedSession } from "./encoded-session.ts";
import {
  canVisitLater,
  isSessionId,
  isVisitDue,
  lapse,
  lapsesUnvisitedAt,
  remainingSeconds,
} from "./session.ts";
import type { SessionProof } from "./session-service.ts";
import type { SessionTable } from "./session-table.ts";
import type { Visits } from "./visits.ts";

/** A session that the fast path has verified. */
export interface FastVerified {
  session: EncodedSession;
  /** When the session lapses if nobody visits it again. */
  lapsesAt: Milliseconds;
  /** Whole seconds for which the session stays valid if nobody visits it again. */
  durationSeconds: number;
}

export interface FastPathDeps {
  tables: { sessions: Pick<SessionTable, "getNow"> };
  clock: Clock;
  apps: Pick<AppService, "recent">;
  activity: Activity;
  visits: Pick<Visits, "note">;
}

/**
 * The check of a session without a promise, which costs as much as the read itself
 * (`docs/architecture.md#fast-path`). {@link SessionService.verify} is its plain twin: whatever
 * this one answers, that one answers alike, and whatever it leaves to it has changed nothing.
 */
export class FastPath {
  readonly #sessions;
  readonly #clock;
  readonly #apps;
  readonly #activity;
  readonly #visits;

  constructor({ tables, clock, apps, activity, visits }: FastPathDeps) {
    this.#sessions = tables.sessions;
    this.#clock = clock;
    this.#apps = apps;
    this.#activity = activity;
    this.#visits = visits;
  }

  /**
   * Verifies a session when all that it takes is at hand: a store that reads at once, an app that
   * was read within the last minute, a proof that holds, and no visit to wait for.
   *
   * @returns null otherwise, failures among them: ask {@link SessionService.verify}
   */
  check({ id, skey, appid }: SessionProof): FastVerified | null {
    const session = isSessionId(id) ? this.#sessions.getNow?.(id) : null;
    if (session == null || !isSha256Of(session.skeyHash, skey)) return null;
    if (appid !== null && appid !== session.appid) return null;
    const app = this.#apps.recent(session.appid);
    const now = this.#clock.now();
    if (app === null || lapse(session, app, now) !== null) return null;
    const isDue = isVisitDue(session, app, now);
    if (isDue && !canVisitLater(session, app, now)) return null;
    this.#activity.note(app.appid, "verifications");
    if (!isDue) return verified(session, app, session.lastVisitAt, now);
    this.#visits.note(session, app, now);
    return verified(session, app, now, now);
  }
}

function verified(
  session: EncodedSession,
  app: App,
  lastVisitAt: Milliseconds,
  now: Milliseconds,
): FastVerified {
  const clocks = { loginAt: session.loginAt, lastVisitAt };
  return {
    session,
    lapsesAt: lapsesUnvisitedAt(clocks, app, now),
    durationSeconds: remainingSeconds(clocks, app, now),
  };
}
