import { equalDigests, sha256 } from "../crypto/digest.ts";

/** What is known of whoever makes a call. */
export interface Caller {
  /** The bearer key of the request, or null when it has none. */
  key: string | null;
  /** The peer is this machine itself, and nothing says that it speaks for somebody else. */
  isLocal: boolean;
  /** The peer is in one of the `trusted_networks`, and nothing says that it speaks for somebody else. */
  isTrusted: boolean;
}

/** Who may call what (PROTOCOL section 6). */
export class Access {
  readonly #adminKeyHash;

  constructor(adminKey: string) {
    this.#adminKeyHash = sha256(adminKey);
  }

  /** Whether the caller may do everything. A key that is given must be right, wherever the caller sits. */
  isAdmin(caller: Caller): boolean {
    if (caller.key === null) return caller.isTrusted;
    return equalDigests(sha256(caller.key), this.#adminKeyHash);
  }

  /** Whether the caller may register the first app without a key. */
  mayRegisterFirst(caller: Caller): boolean {
    return caller.key === null && caller.isLocal;
  }
}
