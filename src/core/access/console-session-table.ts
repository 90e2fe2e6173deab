import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { ConsoleSession } from "./console-session.ts";

export interface ConsoleSessionTable {
  get(id: string): Awaitable<ConsoleSession | null>;
  create(session: ConsoleSession): Promise<void>;
  /**
   * Moves lastUsedAt forward, or back when it is ahead (see isAhead); does nothing when there is no
   * such session.
   */
  touch(id: string, lastUsedAt: Milliseconds): Promise<void>;
  /** Removes a session, so that get no longer finds it; false when there was none. */
  remove(id: string): Promise<boolean>;
  /** Lists sessions by id. */
  list(page: PageRequest): Awaitable<Page<ConsoleSession>>;
}
