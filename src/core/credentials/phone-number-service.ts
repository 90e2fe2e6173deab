import type { Failure } from "../errors.ts";
import type { CredentialUpstream, PhoneNumber } from "./credential-upstream.ts";
import type { OwnerCredentials } from "./owner-credentials.ts";

export interface PhoneNumberDeps {
  ownerCredentials: OwnerCredentials;
  wechat: CredentialUpstream;
}

/** Gets users' phone numbers. */
export class PhoneNumberService {
  readonly #deps;

  constructor(deps: PhoneNumberDeps) {
    this.#deps = deps;
  }

  /**
   * Exchanges the code of the phone number button, which works once and is not wx.login's
   * (docs/protocol-reference.md#phone-number).
   *
   * @param openid the user whose number it has to be, or null
   * @returns a Failure: codeRefused, badParameter (openid), wechatRefused, wechatAnswerWrong, or
   * one of {@link OwnerCredentials.get}
   */
  get(appid: string, code: string, openid: string | null = null): Promise<PhoneNumber | Failure> {
    const { ownerCredentials, wechat } = this.#deps;
    return ownerCredentials.call(appid, (call) => wechat.fetchPhoneNumber(call, code, openid));
  }
}
