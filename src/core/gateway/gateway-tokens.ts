import { type Sealer, UnsealError } from "../../crypto/seal.ts";
import { isServiceKeyId } from "../access/service-key.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import type { GatewayOwner } from "./gateway-owner.ts";

/** Life of a gateway token, which is that of WeChat's tokens. */
export const GATEWAY_TOKEN_SECONDS = 7200;
const LIFE: Milliseconds = GATEWAY_TOKEN_SECONDS * 1000;

/** Identifies gateway tokens to people and to scanners for leaked secrets. */
const PREFIX = "waferd_gateway_";

/**
 * Tokens that stand for a service key at the gateway, for one owner. Nothing of them is stored:
 * they are sealed with the master key, which all nodes of a store share, and name the service key,
 * which has to be looked up at every use.
 */
export class GatewayTokens {
  readonly #sealer;
  readonly #clock;

  constructor({ sealer, clock }: { sealer: Pick<Sealer, "seal" | "open">; clock: Clock }) {
    this.#sealer = sealer;
    this.#clock = clock;
  }

  issue(owner: GatewayOwner, keyId: string): string {
    const expiresAt = this.#clock.now() + LIFE;
    const sealed = this.#sealer.seal(`${keyId} ${expiresAt}`, placeOf(owner));
    return PREFIX + sealed.toString("base64url");
  }

  /** Returns the id of the service key; null for a text that is not a live token of this owner. */
  keyIdOf(owner: GatewayOwner, token: string): string | null {
    if (!token.startsWith(PREFIX)) return null;
    const content = this.#open(owner, token);
    const [keyId = "", time = ""] = content?.split(" ") ?? [];
    const [expiresAt, now] = [Number(time), this.#clock.now()];
    // A wrong clock may have issued it.
    const isAlive = expiresAt > now && !isAhead(expiresAt, now, LIFE);
    return isAlive && isServiceKeyId(keyId) ? keyId : null;
  }

  #open(owner: GatewayOwner, token: string): string | null {
    try {
      const sealed = Buffer.from(token.slice(PREFIX.length), "base64url");
      return this.#sealer.open(sealed, placeOf(owner));
    } catch (error) {
      if (error instanceof UnsealError) return null;
      throw error;
    }
  }
}

const placeOf = ({ kind, name }: GatewayOwner): string => `gateway-token:${kind}:${name}`;
