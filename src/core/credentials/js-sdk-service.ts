import { signJsSdk } from "../../crypto/js-sdk-signature.ts";
import { agentName } from "../apps/work-agent.ts";
import { Failure } from "../errors.ts";
import type { Clock, Random } from "../ports.ts";
import type { TicketKind } from "./kinds.ts";
import type { OwnerCredentials } from "./owner-credentials.ts";

/** The arguments of a page's wx.config or wx.agentConfig call. */
export interface JsSdkSignature {
  /** An official account's appid, or a corpid. */
  appId: string;
  /** Unix time in seconds. */
  timestamp: number;
  nonceStr: string;
  signature: string;
}

const NONCE_BYTES = 8;

/** The kind of ticket that signs for each call of wx. */
export const SIGNED_WITH = {
  config: "app/jsapi-ticket",
  workConfig: "agent/ticket",
  agentConfig: "agent/agent-ticket",
} as const satisfies Record<string, TicketKind>;

export interface JsSdkDeps {
  ownerCredentials: OwnerCredentials;
  clock: Clock;
  random: Random;
}

/** Signs pages' addresses with hosted tickets (docs/protocol-reference.md#js-sdk-signature). */
export class JsSdkService {
  readonly #deps;

  constructor(deps: JsSdkDeps) {
    this.#deps = deps;
  }

  /**
   * Signs an official account's page for wx.config.
   *
   * @param url the page's address, with http or https; the part after a `#` does not count
   * @returns a Failure: badParameter, or one of {@link OwnerCredentials.get}
   */
  config(appid: string, url: string): Promise<JsSdkSignature | Failure> {
    return this.#sign(appid, url, SIGNED_WITH.config, appid);
  }

  /** Signs a WeCom page for wx.config, with the corp's ticket; a Failure as for config. */
  workConfig(corpid: string, agentid: string, url: string): Promise<JsSdkSignature | Failure> {
    return this.#sign(corpid, url, SIGNED_WITH.workConfig, agentName(corpid, agentid));
  }

  /** Signs a WeCom page for wx.agentConfig, with the agent's ticket; a Failure as for config. */
  agentConfig(corpid: string, agentid: string, url: string): Promise<JsSdkSignature | Failure> {
    return this.#sign(corpid, url, SIGNED_WITH.agentConfig, agentName(corpid, agentid));
  }

  async #sign(
    appId: string,
    url: string,
    kind: TicketKind,
    owner: string,
  ): Promise<JsSdkSignature | Failure> {
    if (!/^https?:\/\/[^/]/.test(url)) return new Failure("badParameter", { reason: "url" });
    const ticket = await this.#deps.ownerCredentials.get(kind, owner);
    if (ticket instanceof Failure) return ticket;
    const nonceStr = this.#deps.random.hex(NONCE_BYTES);
    const timestamp = Math.floor(this.#deps.clock.now() / 1000);
    return {
      appId,
      timestamp,
      nonceStr,
      signature: signJsSdk({ ticket: ticket.value, nonceStr, timestamp, url }),
    };
  }
}
