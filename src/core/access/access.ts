import { equalDigests, isSha256Of, sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Limits } from "../limits/limits.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { shownConsoleId } from "./console-session.ts";
import type { ConsoleSessions } from "./console-sessions.ts";
import { matchesPaths } from "./key-paths.ts";
import { type ConnectionEnds, proofOfKey } from "./key-proof.ts";
import { type Capability, isServiceKey, type ServiceKey } from "./service-key.ts";
import type { ServiceKeyTable } from "./service-key-table.ts";
import { refuseWrongKey } from "./wrong-key.ts";

/** The token in the console's cookie, or why the cookie does not count here, for the caller. */
export type ConsoleProof = { token: string } | { refused: string };

/** The caller of an operation, as its connection and its key show. */
export interface Caller {
  /** The bearer key of the request, or null when it has none. */
  key: string | null;
  /** The client's address, for the limit of wrong keys; null when it is unknown. */
  address: string | null;
  /** Whether the peer is this machine, and does not forward for others. */
  isLocal: boolean;
  /** Whether the peer is in one of the `trusted_networks`, and does not forward for others. */
  isTrusted: boolean;
  /** Set when it came by a way that only the owner of the data folder has. */
  isOwner?: true;
  /** The proof of the console's cookie, which counts where no key is sent. */
  console?: ConsoleProof;
}

/**
 * The right that a call needs: the admin key, or at least a service key with this capability for
 * this app.
 */
export type Need =
  | "admin"
  | {
      capability: Capability;
      /**
       * An appid, or `corpid:agentid`; null when the request names none, and will be refused for
       * that.
       */
      app: string | null;
      /** Of `proxy`: a plain path of WeChat's API. */
      path?: string;
    };

/** Whether a text may serve as the admin key. */
export const isAdminKey = (text: string): boolean => /^[\x21-\x7e]{20,}$/.test(text);
export const ADMIN_KEY_FORM = "at least 20 printable characters without spaces";

/** lastUsedAt and lastUsedFrom are written at most once in this time. */
const USE_INTERVAL: Milliseconds = 60_000;

/** Decides who may call what (docs/protocol-reference.md#access). */
export class Access {
  readonly #adminKey;
  readonly #adminKeyHash;
  readonly #tables;
  readonly #clock;
  readonly #limits;
  readonly #consoleSessions;
  /** Last recorded use of a key by its id, which the store may not have yet. */
  readonly #noted = new Map<string, Milliseconds>();

  constructor({
    adminKey,
    tables,
    clock,
    limits,
    consoleSessions,
  }: {
    adminKey: string;
    tables: { serviceKeys: ServiceKeyTable };
    clock: Clock;
    limits: Limits;
    consoleSessions: Pick<ConsoleSessions, "use" | "look">;
  }) {
    this.#adminKey = adminKey;
    this.#adminKeyHash = sha256(adminKey);
    this.#tables = tables;
    this.#clock = clock;
    this.#limits = limits;
    this.#consoleSessions = consoleSessions;
  }

  /**
   * Returns who the caller is, if it may do this. Does not look up the app: the answer is the same
   * whether or not it exists.
   *
   * @returns the `by` of an {@link Actor}, or a Failure: keyRequired for a missing or wrong key,
   * tooOften for a wrong key of an address that has tried too many, forbidden for a key that does
   * not cover the need, pathRefused for one that covers it but for the path, storeFailed
   */
  async authorize(caller: Caller, need: Need): Promise<string | Failure> {
    if (caller.key === null && caller.console !== undefined) return this.#byConsole(caller.console);
    if (this.#isAdmin(caller)) {
      if (caller.key !== null) return "admin";
      return caller.isOwner === true ? "local" : "trusted-network";
    }
    const key = await this.#serviceKey(caller);
    return key instanceof Failure ? key : byKey(key, need);
  }

  /**
   * Returns who the holder of something that a service key was exchanged for is, if the key may
   * still do this. A use of the key.
   *
   * @param address the client's; null when it is unknown
   * @returns as {@link Access.authorize}; keyRequired when the key has been revoked or has expired
   */
  async authorizeKeyOf(id: string, address: string | null, need: Need): Promise<string | Failure> {
    const key = await attempt("storeFailed", () => this.#tables.serviceKeys.get(id));
    if (key instanceof Failure) return key;
    const now = this.#clock.now();
    if (key === null || hasExpired(key, now))
      return new Failure("keyRequired", { cause: `service key ${id} is revoked or has expired` });
    this.#noteUse(key, now, address);
    return byKey(key, need);
  }

  /**
   * Whether a caller with a key may do this, when no store has to be waited for.
   *
   * @returns false when {@link Access.authorize} has to say it; nothing has changed then
   */
  coversNow({ key: given, address }: Caller, need: Need): boolean {
    if (given === null) return false;
    if (isSha256Of(this.#adminKeyHash, given)) return true;
    if (!isServiceKey(given)) return false;
    const keyHash = sha256(given);
    const key = this.#tables.serviceKeys.getByHashNow?.(keyHash) ?? null;
    const now = this.#clock.now();
    if (key === null || !isGood(key, keyHash, now) || !covers(key, need)) return false;
    this.#noteUse(key, now, address);
    return true;
  }

  /** Whether the caller holds a key that is good for something. A wrong one counts. */
  async holdsKey(caller: Caller): Promise<boolean> {
    if (caller.key === null) return false;
    return this.#isAdmin(caller) || !((await this.#serviceKey(caller)) instanceof Failure);
  }

  /** Returns the proof that this server knows the admin key; see {@link proofOfKey}. */
  proveAdminKey(nonce: string, connection: ConnectionEnds): string {
    return proofOfKey(this.#adminKey, nonce, connection);
  }

  /**
   * Whether a caller that was let in as an administrator still is one: no use of its session. A
   * store that fails leaves it.
   */
  async isStillAdmin(caller: Caller): Promise<boolean> {
    const { key, console: proof } = caller;
    const outcome =
      key === null && proof !== undefined && "token" in proof
        ? await this.#consoleSessions.look(proof.token)
        : await this.authorize(caller, "admin");
    return !(outcome instanceof Failure) || outcome.code === "storeFailed";
  }

  /** Returns who the browser is; sessions of the console may do everything. */
  async #byConsole(proof: ConsoleProof): Promise<string | Failure> {
    if ("refused" in proof)
      return new Failure("forbidden", { reason: proof.refused, cause: proof.refused });
    const session = await this.#consoleSessions.use(proof.token);
    return session instanceof Failure ? session : `console:${shownConsoleId(session)}`;
  }

  /** Whether the caller may register the first app without a key. */
  mayRegisterFirst(caller: Caller): boolean {
    return caller.key === null && caller.console === undefined && caller.isLocal;
  }

  /**
   * Whether the caller may do everything. A key that is sent must be right, even from a trusted
   * network.
   */
  #isAdmin(caller: Caller): boolean {
    if (caller.key === null) return caller.isTrusted || caller.isOwner === true;
    return isSha256Of(this.#adminKeyHash, caller.key);
  }

  async #serviceKey({ key: given, address }: Caller): Promise<ServiceKey | Failure> {
    if (given === null) return new Failure("keyRequired", { cause: "the request has no key" });
    if (!isServiceKey(given)) return this.#refuseWrongKey(address);
    const keyHash = sha256(given);
    const key = await attempt("storeFailed", () => this.#tables.serviceKeys.getByHash(keyHash));
    if (key instanceof Failure) return key;
    const now = this.#clock.now();
    if (key === null || !isGood(key, keyHash, now)) return this.#refuseWrongKey(address);
    this.#noteUse(key, now, address);
    return key;
  }

  #refuseWrongKey(address: string | null): Failure {
    return refuseWrongKey(
      this.#limits,
      address,
      "the request's key is wrong, revoked, expired, or not of the form `Bearer <key>`",
    );
  }

  /** Records a use. A failure to do so is ignored. */
  #noteUse({ id, lastUsedAt }: ServiceKey, now: Milliseconds, address: string | null): void {
    const noted = [lastUsedAt ?? 0, this.#noted.get(id) ?? 0].filter((time) => !isAhead(time, now));
    if (now - Math.max(0, ...noted) < USE_INTERVAL) return;
    this.#noted.set(id, now);
    void attempt("storeFailed", () => this.#tables.serviceKeys.touch(id, now, address));
  }
}

/** Whether a key that the store found by this hash may be used. */
const isGood = (key: ServiceKey, keyHash: Uint8Array, now: Milliseconds): boolean =>
  // The index lookup may leak timing; the comparison that decides must not.
  equalDigests(keyHash, key.keyHash) && !hasExpired(key, now);

const hasExpired = ({ expiresAt }: ServiceKey, now: Milliseconds): boolean =>
  expiresAt !== null && expiresAt <= now;

function byKey(key: ServiceKey, need: Need): string | Failure {
  if (covers(key, need)) return `key:${key.id}`;
  const cause = `service key ${key.id} is not good for this`;
  const isOfPath = need !== "admin" && need.path !== undefined && coversApp(key, need);
  return new Failure(isOfPath ? "pathRefused" : "forbidden", { cause });
}

const covers = (key: ServiceKey, need: Need): boolean =>
  need !== "admin" &&
  coversApp(key, need) &&
  (need.path === undefined || key.paths === null || matchesPaths(need.path, key.paths));

const coversApp = ({ capabilities, apps }: ServiceKey, need: Exclude<Need, "admin">): boolean =>
  capabilities.includes(need.capability) && (need.app === null || apps.includes(need.app));
