import { signJsSdk } from "../../crypto/js-sdk-signature.ts";
import { Failure } from "../errors.ts";
import type { Clock, Random } from "../ports.ts";
import type { AppCredentials } from "./app-credentials.ts";
import type { ServedCredential } from "./credential-service.ts";
import type { WorkCredentials } from "./work-credentials.ts";

/** What a page hands to wx.config or wx.agentConfig. */
export interface JsSdkSignature {
  /** An official account's appid, or a corpid. */
  appId: string;
  /** Unix time in seconds. */
  timestamp: number;
  nonceStr: string;
  signature: string;
}

const NONCE_BYTES = 8;

/** Signs pages' addresses with hosted tickets (PROTOCOL section 5.3). */
export class JsSdkService {
  readonly #deps;

  constructor(deps: {
    appCredentials: AppCredentials;
    workCredentials: WorkCredentials;
    clock: Clock;
    random: Random;
  }) {
    this.#deps = deps;
  }

  /**
   * For wx.config of an official account's page.
   *
   * @param url the page's address, with http or https; what follows a `#` does not count
   * @returns a Failure: badParameter, or one of {@link AppCredentials.ticket}
   */
  async config(appid: string, url: string): Promise<JsSdkSignature | Failure> {
    return this.#sign(appid, url, () => this.#deps.appCredentials.ticket(appid, "jsapi"));
  }

  /** For wx.config of a WeCom page, with the corp's ticket; a Failure as {@link WorkCredentials.get} has it. */
  async workConfig(
    corpid: string,
    agentid: string,
    url: string,
  ): Promise<JsSdkSignature | Failure> {
    return this.#sign(corpid, url, () => this.#deps.workCredentials.get("ticket", corpid, agentid));
  }

  /** For wx.agentConfig of a WeCom page, with the agent's ticket; a Failure as {@link WorkCredentials.get} has it. */
  async agentConfig(
    corpid: string,
    agentid: string,
    url: string,
  ): Promise<JsSdkSignature | Failure> {
    return this.#sign(corpid, url, () =>
      this.#deps.workCredentials.get("agent-ticket", corpid, agentid),
    );
  }

  async #sign(
    appId: string,
    url: string,
    getTicket: () => Promise<ServedCredential | Failure>,
  ): Promise<JsSdkSignature | Failure> {
    if (!/^https?:\/\/[^/]/.test(url)) return new Failure("badParameter", { reason: "url" });
    const ticket = await getTicket();
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
