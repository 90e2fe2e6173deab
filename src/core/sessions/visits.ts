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
  /** By the beginning of their ids, then by appid and id. */
  readonly #waiting = new Map<string, Map<string, Visit>>();
  #count = 0;
  readonly #saving = new SingleFlight<number | Failure>();

  /** Writes the visits noted so far. Those that the store refuses wait for the next flush. */
  readonly flush = oneAtATime(() => this.#writeWaiting());

  constructor({ tables }: { tables: { sessions: Pick<SessionTable, "touch"> } }) {
    this.#sessions = tables.sessions;
  }

  /** Notes a visit for the next flush. */
  note(session: Visited, app: App, now: Milliseconds): void {
    const key = keyOf(session);
    const start = startOf(session);
    const neighbours = this.#waiting.get(start);
    const isNew = neighbours?.has(key) !== true;
    if (isNew && this.#count >= MOST_WAITING) return;
    if (isNew) this.#count += 1;
    const visit = visitOf(session, app, now);
    if (neighbours === undefined) this.#waiting.set(start, new Map([[key, visit]]));
    else neighbours.set(key, visit);
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
    const noted = this.#neighboursTogether();
    for (let from = 0; from < noted.length; from += BATCH) {
      const batch = noted.slice(from, from + BATCH);
      const written = await attempt("visitNotSaved", () => this.#sessions.touch(batch));
      if (written instanceof Failure) return;
      for (const visit of batch) this.#forget(visit);
    }
  }

  /**
   * Returns visits nearly in the order of their ids: the sessions of a batch then share pages of
   * the embedded store, which halves the cost of the write. Sorting them would hold up requests.
   */
  #neighboursTogether(): Visit[] {
    const noted: Visit[] = [];
    for (const start of [...this.#waiting.keys()].sort())
      for (const visit of this.#waiting.get(start)?.values() ?? []) noted.push(visit);
    return noted;
  }

  /** Forgets a written visit, unless a later one was noted in the meantime. */
  #forget(visit: Visit): void {
    const start = startOf(visit);
    const neighbours = this.#waiting.get(start);
    const key = keyOf(visit);
    if (neighbours?.get(key) !== visit) return;
    neighbours.delete(key);
    this.#count -= 1;
    if (neighbours.size === 0) this.#waiting.delete(start);
  }
}

/** Returns the beginning of an id, by which visits are put together. */
const startOf = ({ id }: Pick<Visited, "id">): string => id.slice(0, 2);

const keyOf = ({ appid, id }: Pick<Visited, "appid" | "id">): string => `${appid} ${id}`;

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
