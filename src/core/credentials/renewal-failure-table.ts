import type { Page, PageRequest } from "../page.ts";
import type { Awaitable } from "../ports.ts";
import type { RenewalFailure } from "./renewal-failure.ts";

/**
 * The last failure of each credential's renewals. An app or agent that is removed, and an agent
 * that is replaced, loses its failures with its credentials.
 */
export interface RenewalFailureTable {
  /** Replaces the failure of a key. Need not survive a power cut. */
  put(failure: RenewalFailure): Promise<void>;
  /** Lists failures by key. */
  list(page: PageRequest): Awaitable<Page<RenewalFailure>>;
}
