import type { ConsoleSession } from "../../core/access/console-session.ts";
import type { ConsoleSessionTable } from "../../core/access/console-session-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { isAhead } from "../../core/stored-time.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

const AFTER_IDS = "\u{10ffff}";

export class LmdbConsoleSessions implements ConsoleSessionTable {
  readonly #env;
  readonly #sessions;

  constructor(env: Environment) {
    this.#env = env;
    this.#sessions = env.table<Omit<ConsoleSession, "id">, string>("console-sessions");
  }

  get(id: string): ConsoleSession | null {
    return this.#env.read(() => {
      const session = this.#sessions.get(id);
      return session === undefined ? null : { id, ...session };
    });
  }

  create({ id, ...session }: ConsoleSession): Promise<void> {
    return this.#env.write(() => void this.#sessions.put(id, session));
  }

  touch(id: string, lastUsedAt: Milliseconds): Promise<void> {
    return this.#env.writeUnflushed(() => {
      const session = this.#sessions.get(id);
      if (session === undefined) return;
      if (session.lastUsedAt < lastUsedAt || isAhead(session.lastUsedAt, lastUsedAt))
        this.#sessions.put(id, { ...session, lastUsedAt });
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#env.write(() => {
      if (this.#sessions.get(id) === undefined) return false;
      this.#sessions.remove(id);
      return true;
    });
  }

  list(page: PageRequest): Page<ConsoleSession> {
    return this.#env.read(() =>
      readPage(this.#sessions, { start: "", end: AFTER_IDS }, page, (id, session) => ({
        id,
        ...session,
      })),
    );
  }
}
