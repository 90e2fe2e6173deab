import type { App } from "../apps/app.ts";
import type { Clock } from "../ports.ts";
import { forgetAt, isLater, type StoredSession } from "../sessions/session.ts";
import type { PutOutcome } from "../sessions/session-table.ts";
import type { Moved, MovedSession, MoveSource, Unreadable } from "./transfer.ts";
import type { TransferTables } from "./transfer-tables.ts";

/** What became of the things of one kind. */
export interface ImportCounts {
  added: number;
  /** There already, and older than what came. */
  replaced: number;
  /** There already, as they came or newer. */
  unchanged: number;
  /** Left out: they would have been forgotten by now. */
  lapsed: number;
}

export type ImportKind = Moved["kind"];

export interface ImportReport {
  counts: Record<ImportKind, ImportCounts>;
  unreadable: number;
}

export interface ImportOptions {
  store: TransferTables;
  clock: Clock;
  /** Looks at everything and changes nothing. */
  dryRun: boolean;
  /** How many things were met by now. */
  onProgress(done: number): void;
  /** What could not be read, or not be taken. */
  onUnreadable(problem: Unreadable): void;
}

const KINDS: readonly ImportKind[] = [
  "app",
  "agent",
  "serviceKey",
  "credential",
  "session",
  "audit",
];
const none = (): ImportCounts => ({ added: 0, replaced: 0, unchanged: 0, lapsed: 0 });

/**
 * Moves what a source has into a store. What is there already stays, but for sessions and credentials of which the source
 * has later ones: a second run changes nothing. What cannot be read is told and counted, and stops nothing.
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
    await importer.take(portion);
    done += portion.length;
    options.onProgress(done);
  }
  return importer.report;
}

class Importer {
  readonly report: ImportReport;
  readonly #options;
  /** The apps as they are in the store, or would be. */
  readonly #apps = new Map<string, App | null>();
  /** Entries of an audit are taken into an empty one only: they have no names by which to know them again. */
  #takesAudit: boolean | null = null;

  constructor(options: ImportOptions) {
    this.#options = options;
    const counts = Object.fromEntries(
      KINDS.map((kind) => [kind, none()]),
    ) as ImportReport["counts"];
    this.report = { counts, unreadable: 0 };
  }

  async take(portion: readonly (Moved | Unreadable)[]): Promise<void> {
    let sessions: MovedSession[] = [];
    for (const thing of portion) {
      // Sessions go in together, but after whatever came before them.
      if (thing.kind === "session") sessions.push(thing.session);
      else {
        await this.#takeSessions(sessions);
        sessions = [];
        if (thing.kind === "unreadable") this.#refuse(thing);
        else this.report.counts[thing.kind][await this.#takeOne(thing)] += 1;
      }
    }
    await this.#takeSessions(sessions);
  }

  async #takeOne(thing: Exclude<Moved, { kind: "session" }>): Promise<keyof ImportCounts> {
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
        if (thing.credential.expiresAt <= this.#options.clock.now()) return "lapsed";
        if (known !== null && known.expiresAt >= thing.credential.expiresAt) return "unchanged";
        if (!dryRun) await store.credentials.put(thing.credential);
        return known === null ? "added" : "replaced";
      }
      case "serviceKey": {
        if ((await store.serviceKeys.get(thing.key.id)) !== null) return "unchanged";
        if (!dryRun) await store.serviceKeys.create(thing.key);
        return "added";
      }
      case "audit": {
        this.#takesAudit ??= (await store.audit.list({ limit: 1 })).items.length === 0;
        if (!this.#takesAudit) return "unchanged";
        if (!dryRun) await store.audit.append(thing.entry);
        return "added";
      }
    }
  }

  async #takeSessions(sessions: readonly MovedSession[]): Promise<void> {
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

  /** What putting a session in would make of it. */
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
    this.report.unreadable += 1;
    this.#options.onUnreadable(problem);
  }
}
