import { equalDigests, sha256 } from "../crypto/digest.ts";
import { Failure } from "./errors.ts";

/** What is known of whoever makes a call. */
export interface Caller {
  /** The bearer key of the request, or null when it has none. */
  key: string | null;
  /** The peer is this machine itself, and nothing says that it speaks for somebody else. */
  isLocal: boolean;
  /** The peer is in one of the `trusted_networks`, and nothing says that it speaks for somebody else. */
  isTrusted: boolean;
}

/** Whether a text may serve as the admin key. */
export const isAdminKey = (text: string): boolean => /^[\x21-\x7e]{20,}$/.test(text);
export const ADMIN_KEY_FORM = "at least 20 printable characters without spaces";

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

  /** The Failure of a caller who may not; its cause tells the log why. */
  keyRequired(caller: Caller): Failure {
    const cause =
      caller.key === null
        ? "the request has no admin key"
        : "the request's admin key is wrong, or not of the form `Bearer <key>`";
    return new Failure("keyRequired", { cause });
  }

  /** Whether the caller may register the first app without a key. */
  mayRegisterFirst(caller: Caller): boolean {
    return caller.key === null && caller.isLocal;
  }
}
