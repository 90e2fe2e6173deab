import type { Failure } from "../errors.ts";
import type { AppCredentials } from "./app-credentials.ts";
import type { CredentialUpstream, PhoneNumber } from "./credential-upstream.ts";

/** Users' phone numbers, by the code of the button with which they give them away. */
export class PhoneNumberService {
  readonly #appCredentials;
  readonly #wechat;

  constructor({
    appCredentials,
    wechat,
  }: { appCredentials: AppCredentials; wechat: CredentialUpstream }) {
    this.#appCredentials = appCredentials;
    this.#wechat = wechat;
  }

  /**
   * Exchanges a phone number's code, which works once and is not wx.login's (PROTOCOL section 4.7).
   *
   * @param openid whose number it has to be, or null
   * @returns a Failure: wechatRefused, wechatAnswerWrong, or one of {@link AppCredentials.token}
   */
  get(appid: string, code: string, openid: string | null = null): Promise<PhoneNumber | Failure> {
    return this.#appCredentials.call(appid, (call) =>
      this.#wechat.fetchPhoneNumber(call, code, openid),
    );
  }
}
