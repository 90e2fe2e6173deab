import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { Credential } from "./credential.ts";

export interface CredentialTable {
  get(key: string): Awaitable<Credential | null>;
  put(credential: Credential): Promise<void>;
  /** Moves lastUsedAt forward; does nothing when there is no such credential. */
  touch(key: string, lastUsedAt: Milliseconds): Promise<void>;
  /**
   * Makes `holder` the only renewer of this key until then. Exactly one of any number of callers gets it, across
   * processes and nodes; a lease that ran out can be taken by another.
   */
  lease(key: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean>;
  /** Gives a lease back early; nothing happens when `holder` no longer has it. */
  release(key: string, holder: string): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** Lists credentials by key. */
  list(page: PageRequest): Awaitable<Page<Credential>>;
}
