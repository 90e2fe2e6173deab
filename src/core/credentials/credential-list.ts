import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { readAll } from "../read-all.ts";
import { type Credential, RENEWAL_HORIZON, timeLeft } from "./credential.ts";
import type { CredentialTable } from "./credential-table.ts";
import { type CredentialKind, parseCredentialKey } from "./kinds.ts";
import type { RenewalFailure } from "./renewal-failure.ts";
import type { RenewalFailureTable } from "./renewal-failure-table.ts";

/** A credential in an administrator's list. */
export interface ListedCredential {
  kind: CredentialKind;
  /** An appid, or `corpid:agentid`. */
  owner: string;
  /** Null when no renewal has succeeded yet. */
  credential: Credential | null;
  /** Expiring: little of its life is left, and it is due for renewal. */
  state: "valid" | "expiring" | "expired" | "missing";
  /** The last one, also when a later renewal succeeded. */
  lastFailure: RenewalFailure | null;
  /**
   * When the credential is due for renewal; after a failure, when WeChat may be asked again. Null
   * of a missing one that waits for a caller.
   */
  nextAttemptAt: Milliseconds | null;
}

export interface CredentialListDeps {
  tables: { credentials: CredentialTable; renewalFailures: RenewalFailureTable };
  clock: Pick<Clock, "now">;
}

/** The place in the list at which a page ends. */
interface Position {
  /** The cursor of the page of credentials to read. */
  stored: string | null;
  /** The last key that was listed. */
  after: string;
}

/**
 * Lists hosted credentials by key, those of a kind that this version knows, and with them those
 * that could not be fetched yet.
 *
 * @returns a Failure: badParameter (cursor), storeFailed
 */
export async function listCredentials(
  { tables, clock }: CredentialListDeps,
  { limit, cursor }: PageRequest,
): Promise<Page<ListedCredential> | Failure> {
  const position = cursor === undefined ? { stored: null, after: "" } : parsePosition(cursor);
  if (position === null) return new Failure("badParameter", { reason: "cursor" });
  const { stored, after } = position;
  const page = await attempt("storeFailed", () =>
    tables.credentials.list({ limit, ...(stored !== null && { cursor: stored }) }),
  );
  if (page instanceof Failure) return page;
  // As many at most as owners have kinds of credentials.
  const failures = await readAll((request) => tables.renewalFailures.list(request));
  if (failures instanceof Failure) return failures;
  const failureOf = new Map(failures.map((failure) => [failure.key, failure]));
  const credentialOf = new Map(page.items.map((credential) => [credential.key, credential]));
  const last = page.next === null ? null : (page.items.at(-1)?.key ?? after);
  const keys = [...new Set([...credentialOf.keys(), ...failureOf.keys()])]
    .filter((key) => key > after && (last === null || key <= last))
    .sort();
  const now = clock.now();
  const items = keys.slice(0, limit).flatMap((key) => {
    const parsed = parseCredentialKey(key);
    if (parsed === null) return [];
    const credential = credentialOf.get(key) ?? null;
    const lastFailure = failureOf.get(key) ?? null;
    const state = stateOf(credential, now);
    const nextAttemptAt = nextAttemptOf(credential, lastFailure, now);
    return [{ ...parsed, credential, state, lastFailure, nextAttemptAt }];
  });
  const isCut = keys.length > limit;
  const next: Position = isCut
    ? { stored, after: keys[limit - 1] ?? after }
    : { stored: page.next, after: last ?? after };
  return { items, next: isCut || page.next !== null ? formatPosition(next) : null };
}

function stateOf(credential: Credential | null, now: Milliseconds): ListedCredential["state"] {
  if (credential === null) return "missing";
  const left = timeLeft(credential, now);
  if (left === 0) return "expired";
  return left <= RENEWAL_HORIZON ? "expiring" : "valid";
}

function nextAttemptOf(
  credential: Credential | null,
  failure: RenewalFailure | null,
  now: Milliseconds,
): Milliseconds | null {
  if (credential === null)
    return failure !== null && failure.nextAttemptAt > now ? failure.nextAttemptAt : null;
  const due = credential.expiresAt - RENEWAL_HORIZON;
  const isOpen = failure !== null && failure.at > credential.fetchedAt;
  return isOpen ? Math.max(due, failure.nextAttemptAt) : due;
}

const formatPosition = ({ stored, after }: Position): string =>
  Buffer.from(JSON.stringify([stored, after])).toString("base64url");

/** Reads a position that a client sends; null when it is not one. */
function parsePosition(cursor: string): Position | null {
  try {
    const [stored, after, ...more] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (stored !== null && typeof stored !== "string") return null;
    return typeof after === "string" && more.length === 0 ? { stored, after } : null;
  } catch {
    return null;
  }
}
