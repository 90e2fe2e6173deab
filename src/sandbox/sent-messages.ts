/** The most messages that are remembered. */
const REMEMBERED = 100;

/** A subscribe message that was sent to a user. */
export interface SentMessage {
  appid: string;
  openid: string;
  templateId: string;
  page: string | null;
  data: Readonly<Record<string, string>>;
  /** RFC 3339. */
  sentAt: string;
}

/** The messages that were sent, the latest last. */
export class SentMessages {
  #messages: SentMessage[] = [];

  add(message: SentMessage): void {
    this.#messages = [...this.#messages, message].slice(-REMEMBERED);
  }

  /** @param openid null for those of all users */
  of(appid: string, openid: string | null): SentMessage[] {
    return this.#messages.filter(
      (message) => message.appid === appid && (openid === null || message.openid === openid),
    );
  }
}
