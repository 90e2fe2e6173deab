import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { ServiceKey } from "./service-key.ts";

export interface ServiceKeyTable {
  get(id: string): Awaitable<ServiceKey | null>;
  getByHash(keyHash: Uint8Array): Awaitable<ServiceKey | null>;
  /** As `getByHash`, at once; null also when it fails. Only embedded drivers have it. */
  getByHashNow?(keyHash: Uint8Array): ServiceKey | null;
  create(key: ServiceKey): Promise<void>;
  /**
   * Moves lastUsedAt forward, or back when it is ahead (see isAhead); does nothing when there is no
   * such key.
   */
  touch(id: string, lastUsedAt: Milliseconds, lastUsedFrom: string | null): Promise<void>;
  /** Removes a key, so that getByHash no longer finds it; false when there was none. */
  revoke(id: string): Promise<boolean>;
  /** Lists keys by id. */
  list(page: PageRequest): Awaitable<Page<ServiceKey>>;
}
