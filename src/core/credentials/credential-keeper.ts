import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page } from "../page.ts";
import type { Clock, Log, Milliseconds } from "../ports.ts";
import type { AppCredentials } from "./app-credentials.ts";
import type { Credential } from "./credential.ts";
import { type CredentialService, RENEWAL_HORIZON } from "./credential-service.ts";
import type { CredentialTable } from "./credential-table.ts";
import type { WorkCredentials } from "./work-credentials.ts";

/** A credential that nobody asked about for this long is left alone. */
const IDLE: Milliseconds = 86_400_000;
const PAGE = 100;

export interface CredentialKeeperDeps {
  tables: { credentials: CredentialTable };
  clock: Clock;
  log: Log;
  credentials: CredentialService;
  appCredentials: AppCredentials;
  workCredentials: WorkCredentials;
}

/**
 * One round of keeping hosted credentials warm, also those that nobody asks for just now: what is due begins to be
 * renewed in the background.
 *
 * @returns how many renewals were begun or were under way
 */
export async function keepCredentials(deps: CredentialKeeperDeps): Promise<number> {
  const { tables, clock, log, credentials, appCredentials, workCredentials } = deps;
  let begun = 0;
  let cursor: string | null = null;
  do {
    const after: string | null = cursor;
    const page: Page<Credential> | Failure = await attempt("storeFailed", () =>
      tables.credentials.list({ limit: PAGE, ...(after !== null && { cursor: after }) }),
    );
    if (page instanceof Failure) {
      log.warn({ err: page.detail.cause }, "hosted credentials could not be looked through");
      return begun;
    }
    const now = clock.now();
    for (const credential of page.items) {
      if (credential.expiresAt - now > RENEWAL_HORIZON || now - credential.lastUsedAt > IDLE)
        continue;
      const source =
        (await appCredentials.sourceOf(credential.key)) ??
        (await workCredentials.sourceOf(credential.key));
      if (source === null || source instanceof Failure) continue;
      if (credentials.renewIfDue(source, credential)) begun += 1;
    }
    cursor = page.next;
  } while (cursor !== null);
  return begun;
}
