import type { App } from "../apps/app.ts";
import { attempt } from "../attempt.ts";
import { SingleFlight } from "../coordination/single-flight.ts";
import { Failure } from "../errors.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Milliseconds } from "../ports.ts";
import { forgetAt, type Session, visitInterval } from "./session.ts";
import type { SessionTable, Visit } from "./session-table.ts";

/** Visits of one write: enough to share its cost, and few enough for requests to get a turn. */
const BATCH = 250;

/** The most visits that wait. While a store is away, later checks note their visits again. */
const MOST_WAITING = 65_536;

/** The members of a session that a visit needs. */
export type Visited = Pick<Session, "id" | "appid" | "skeyHash" | "loginAt">;

/**
 * Gathers visits in memory, so that a check need not wait for a write
 * (`docs/protocol-reference.md#sessions`).
 */
export class Visits {
  readonly #sessions;
  /** By appid and id. */
  readonly #waiting = new Map<string, Visit>();
  readonly #saving = new SingleFlight<number | Failure>();

  /** Writes the visits noted so far. Those that the store refuses wait for the next flush. */
  readonly flush = oneAtATime(() => this.#writeWaiting());

  constructor({ tables }: { tables: { sessions: Pick<SessionTable, "touch"> } }) {
    this.#sessions = tables.sessions;
  }

  /** Notes a visit for the next flush. */
  note(session: Visited, app: App, now: Milliseconds): void {
    const key = keyOf(session);
    if (this.#waiting.size < MOST_WAITING || this.#waiting.has(key))
      this.#waiting.set(key, visitOf(session, app, now));
  }

  /**
   * Writes a visit at once. Equal calls make one write.
   *
   * @returns a Failure: visitNotSaved
   */
  async save(session: Visited, app: App, now: Milliseconds): Promise<Failure | null> {
    const key = keyOf(session);
    const written = await this.#saving.run(key, () =>
      attempt("visitNotSaved", () => this.#sessions.touch([visitOf(session, app, now)])),
    );
    return written instanceof Failure ? written : null;
  }

  async #writeWaiting(): Promise<void> {
    const noted = neighboursTogether([...this.#waiting]);
    for (let from = 0; from < noted.length; from += BATCH) {
      const batch = noted.slice(from, from + BATCH);
      const written = await attempt("visitNotSaved", () =>
        this.#sessions.touch(batch.map(([, visit]) => visit)),
      );
      if (written instanceof Failure) return;
      // A later one was noted in the meantime.
      for (const [key, visit] of batch)
        if (this.#waiting.get(key) === visit) this.#waiting.delete(key);
    }
  }
}

/**
 * Returns visits nearly in the order of their ids: the sessions of a batch then share pages of the
 * embedded store, which halves the cost of the write. Sorting them would hold up requests.
 */
function neighboursTogether(noted: [string, Visit][]): [string, Visit][] {
  const groups = Map.groupBy(noted, ([, { id }]) => id.slice(0, 2));
  return [...groups.keys()].sort().flatMap((start) => groups.get(start) ?? []);
}

const keyOf = ({ appid, id }: Visited): string => `${appid} ${id}`;

function visitOf({ id, appid, skeyHash, loginAt }: Visited, app: App, now: Milliseconds): Visit {
  return {
    id,
    appid,
    skeyHash,
    lastVisitAt: now,
    ifVisitedBefore: now - visitInterval(app),
    expiresAt: forgetAt({ loginAt, lastVisitAt: now }, app),
  };
}
