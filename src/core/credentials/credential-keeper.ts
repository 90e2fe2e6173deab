import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page } from "../page.ts";
import type { Clock, Log, Milliseconds } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { type Credential, RENEWAL_HORIZON, timeLeft } from "./credential.ts";
import type { CredentialService } from "./credential-service.ts";
import type { CredentialTable } from "./credential-table.ts";
import type { OwnerCredentials } from "./owner-credentials.ts";

/** A credential that nobody asked for in this time is not renewed. */
const IDLE: Milliseconds = 86_400_000;
const PAGE = 100;

export interface CredentialKeeperDeps {
  tables: { credentials: CredentialTable };
  clock: Clock;
  log: Log;
  credentials: CredentialService;
  ownerCredentials: OwnerCredentials;
}

/**
 * Starts background renewals of the hosted credentials that are due, whether or not anybody asks
 * for them at the moment.
 *
 * @returns how many renewals were started or in progress
 */
export async function keepCredentials(deps: CredentialKeeperDeps): Promise<number> {
  const { tables, clock, log, credentials, ownerCredentials } = deps;
  let begun = 0;
  let cursor: string | null = null;
  do {
    const after: string | null = cursor;
    const page: Page<Credential> | Failure = await attempt("storeFailed", () =>
      tables.credentials.list({ limit: PAGE, ...(after !== null && { cursor: after }) }),
    );
    if (page instanceof Failure) {
      log.warn({ err: page.detail.cause }, "hosted credentials could not be listed");
      return begun;
    }
    const now = clock.now();
    for (const credential of page.items) {
      if (timeLeft(credential, now) > RENEWAL_HORIZON) continue;
      const { lastUsedAt } = credential;
      if (now - lastUsedAt > IDLE || isAhead(lastUsedAt, now)) continue;
      const source = await ownerCredentials.sourceOf(credential.key);
      if (source === null || source instanceof Failure) continue;
      if (credentials.renewIfDue(source, credential)) begun += 1;
    }
    cursor = page.next;
  } while (cursor !== null);
  return begun;
}
