import type { ErrorCode, Failure } from "../errors.ts";
import type { Milliseconds } from "../ports.ts";
import type { FetchedCredential } from "./credential-upstream.ts";

/** The origin of one hosted credential. */
export interface CredentialSource {
  key: string;
  /** An appid, or `corpid:agentid`. */
  owner: string;
  /** For the log. */
  kind: string;
  /** When the owner, its secret included, last changed. Failures before that are ignored. */
  ownerUpdatedAt: Milliseconds;
  /** The failure when the store refuses a new value. */
  notSaved: ErrorCode;
  /**
   * Tells whether the owner is still the one that this source was made for. A value that was
   * fetched for a replaced owner must not be kept.
   */
  isCurrent(): Promise<boolean>;
  /** Fetches a new value from WeChat. */
  fetch(how: Fetch): Promise<FetchedCredential | Failure>;
}

export interface Fetch {
  /** Renew at once, even if the old value is still good. */
  force: boolean;
  /** A value that WeChat no longer accepts, and that must not be returned again; or null. */
  failed: string | null;
  /** Call before every request but the first: a lease lasts no longer than one request may take. */
  extendLease(): Promise<void>;
}
