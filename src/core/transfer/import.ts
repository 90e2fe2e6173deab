import type { App } from "../apps/app.ts";
import { timeLeft } from "../credentials/credential.ts";
import type { Clock } from "../ports.ts";
import { forgetAt, isLater, type StoredSession } from "../sessions/session.ts";
import type { PutOutcome } from "../sessions/session-table.ts";
import type { KnownRecords } from "./known-records.ts";
import type { Moved, MovedSession, MoveSource, Unreadable } from "./transfer.ts";
import type { TransferTables } from "./transfer-tables.ts";

/** The outcomes of one kind of record. */
export interface ImportCounts {
  added: number;
  /** In the store before, in an older version. */
  replaced: number;
  /** In the store before, in the same or a newer version. */
  unchanged: number;
  /** Left out, because they would be forgotten by now. */
  lapsed: number;
}

export type ImportKind = Moved["kind"];

export interface ImportReport {
  counts: Record<ImportKind, ImportCounts>;
  /** Records that are left out. */
  unreadable: number;
  /** Records that are imported without a part of them. */
  incomplete: number;
}

/** The store, which a dry run only reads. */
export type ImportStore =
  | { dryRun: false; store: TransferTables }
  | { dryRun: true; store: KnownRecords };

export type ImportOptions = ImportStore & {
  clock: Clock;
  /** Called with the number of records read so far. */
  onProgress(done: number): void;
  /** Called for every record that could not be read or stored, or only in part. */
  onUnreadable(problem: Unreadable): void;
};

/** Returns whether a report has a record that the store has now, or would have. */
export const tookAny = ({ counts }: ImportReport): boolean =>
  Object.values(counts).some(({ added, replaced, unchanged }) => added + replaced + unchanged > 0);

const zero = (): ImportCounts => ({ added: 0, replaced: 0, unchanged: 0, lapsed: 0 });

/**
 * Imports a source into a store. Records that the store has stay, except sessions and credentials
 * of which the source has later ones, so that a second run changes nothing. Unreadable records are
 * reported and counted, and do not stop the import.
 *
 * @throws StoreError when the store fails, StartError when the source does
 */
export async function importFrom(
  source: MoveSource,
  options: ImportOptions,
): Promise<ImportReport> {
  const importer = new Importer(options);
  let done = 0;
  for await (const portion of source.portions()) {
    await importer.import(portion);
    done += portion.length;
    options.onProgress(done);
  }
  return importer.report;
}

class Importer {
  readonly report: ImportReport;
  readonly #options;
  /** The apps as they are in the store, or would be after the import. */
  readonly #apps = new Map<string, App | null>();
  /** Whether the audit was empty: its entries have no ids by which duplicates could be found. */
  #isAuditEmpty: boolean | null = null;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.report = {
      counts: {
        app: zero(),
        agent: zero(),
        serviceKey: zero(),
        credential: zero(),
        session: zero(),
        audit: zero(),
      },
      unreadable: 0,
      incomplete: 0,
    };
  }

  async import(portion: readonly (Moved | Unreadable)[]): Promise<void> {
    let sessions: MovedSession[] = [];
    for (const thing of portion) {
      // Sessions are stored together, but after the records before them.
      if (thing.kind === "session") sessions.push(thing.session);
      else {
        await this.#importSessions(sessions);
        sessions = [];
        if (thing.kind === "unreadable") this.#refuse(thing);
        else this.report.counts[thing.kind][await this.#importOne(thing)] += 1;
      }
    }
    await this.#importSessions(sessions);
  }

  async #importOne(thing: Exclude<Moved, { kind: "session" }>): Promise<keyof ImportCounts> {
    const { store, dryRun } = this.#options;
    switch (thing.kind) {
      case "app": {
        const { appid } = thing.app;
        if ((await this.#app(appid)) !== null) return "unchanged";
        const app = { ...thing.app, number: thing.number ?? 0, revision: 1 };
        if (!dryRun) await store.apps.create(thing.app, false, thing.number);
        this.#apps.set(appid, app);
        return "added";
      }
      case "agent": {
        const { corpid, agentid } = thing.agent;
        if ((await store.workAgents.get(corpid, agentid)) !== null) return "unchanged";
        if (!dryRun) await store.workAgents.put(thing.agent);
        return "added";
      }
      case "credential": {
        const known = await store.credentials.get(thing.credential.key);
        const now = this.#options.clock.now();
        const left = timeLeft(thing.credential, now);
        if (left === 0) return "lapsed";
        if (known !== null && timeLeft(known, now) >= left) return "unchanged";
        if (!dryRun) await store.credentials.put(thing.credential);
        return known === null ? "added" : "replaced";
      }
      case "serviceKey": {
        if ((await store.serviceKeys.get(thing.key.id)) !== null) return "unchanged";
        if (!dryRun) await store.serviceKeys.create(thing.key);
        return "added";
      }
      case "audit": {
        this.#isAuditEmpty ??= (await store.audit.list({ limit: 1 })).items.length === 0;
        if (!this.#isAuditEmpty) return "unchanged";
        if (!dryRun) await store.audit.append(thing.entry);
        return "added";
      }
    }
  }

  async #importSessions(sessions: readonly MovedSession[]): Promise<void> {
    const { store, clock, dryRun } = this.#options;
    const counts = this.report.counts.session;
    const now = clock.now();
    const stored: StoredSession[] = [];
    for (const session of sessions) {
      const app = await this.#app(session.appid);
      if (app === null) this.#refuseSession(session, `the app ${session.appid} is not registered`);
      else {
        const expiresAt = forgetAt(session, app);
        if (expiresAt <= now) counts.lapsed += 1;
        else stored.push({ ...session, expiresAt });
      }
    }
    if (stored.length === 0) return;
    const outcomes = dryRun
      ? await Promise.all(stored.map((session) => this.#wouldBecome(session)))
      : await store.sessions.put(stored);
    outcomes.forEach((outcome, index) => {
      if (outcome !== "taken") counts[outcome] += 1;
      else
        this.#refuseSession(
          stored[index] as MovedSession,
          "its id belongs to another user's session",
        );
    });
  }

  /** Returns the outcome that storing a session would have. */
  async #wouldBecome(session: MovedSession): Promise<PutOutcome> {
    const known = await this.#options.store.sessions.get(session.id, session.appid);
    if (known === null) return "added";
    if (known.appid !== session.appid || known.openid !== session.openid) return "taken";
    return isLater(session, known) ? "replaced" : "unchanged";
  }

  async #app(appid: string): Promise<App | null> {
    const known = this.#apps.get(appid);
    if (known !== undefined) return known;
    const app = await this.#options.store.apps.get(appid);
    this.#apps.set(appid, app);
    return app;
  }

  #refuseSession({ id }: MovedSession, reason: string): void {
    this.#refuse({ kind: "unreadable", what: `session ${id}`, reason });
  }

  #refuse(problem: Unreadable): void {
    this.report[problem.isKept === true ? "incomplete" : "unreadable"] += 1;
    this.#options.onUnreadable(problem);
  }
}
