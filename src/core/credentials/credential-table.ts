import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { Credential } from "./credential.ts";

export interface CredentialTable {
  get(key: string): Awaitable<Credential | null>;
  /** As `get`, at once; null also when it fails. Only embedded drivers have it. */
  getNow?(key: string): Credential | null;
  put(credential: Credential): Promise<void>;
  /**
   * Moves lastUsedAt forward, or back when it is ahead (see isAhead); does nothing when there is no
   * such credential.
   */
  touch(key: string, lastUsedAt: Milliseconds): Promise<void>;
  delete(key: string): Promise<boolean>;
  /** Lists credentials by key. */
  list(page: PageRequest): Awaitable<Page<Credential>>;
}
