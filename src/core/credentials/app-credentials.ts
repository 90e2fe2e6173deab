import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { Failure } from "../errors.ts";
import { type TicketType, ticketKey, tokenKey } from "./credential.ts";
import type {
  CredentialOptions,
  CredentialService,
  CredentialSource,
  Fetch,
  ServedCredential,
} from "./credential-service.ts";
import type { CredentialUpstream, FetchedCredential, TokenCall } from "./credential-upstream.ts";
import { callWithToken, refusedAs } from "./dead-token.ts";

export interface AppCredentialsDeps {
  apps: AppService;
  credentials: CredentialService;
  wechat: CredentialUpstream;
}

/** The access tokens of mini programs and official accounts, and the tickets of official accounts. */
export class AppCredentials {
  readonly #apps;
  readonly #credentials;
  readonly #wechat;

  constructor({ apps, credentials, wechat }: AppCredentialsDeps) {
    this.#apps = apps;
    this.#credentials = credentials;
    this.#wechat = wechat;
  }

  /**
   * An app's access token.
   *
   * @returns a Failure: appNotFound, tokenRefused, wechatUnreachable, wechatAnswerWrong, tokenNotSaved, storeFailed
   */
  async token(appid: string, wish: CredentialOptions = {}): Promise<ServedCredential | Failure> {
    const app = await this.#apps.find(appid);
    return app instanceof Failure ? app : this.#credentials.get(this.#tokenSource(app), wish);
  }

  /**
   * A ticket of an official account's.
   *
   * @returns a Failure: ticketRefused, ticketNotSaved, or one of {@link AppCredentials.token}
   */
  async ticket(
    appid: string,
    type: TicketType,
    wish: CredentialOptions = {},
  ): Promise<ServedCredential | Failure> {
    const app = await this.#apps.find(appid);
    return app instanceof Failure
      ? app
      : this.#credentials.get(this.#ticketSource(app, type), wish);
  }

  /** Makes a call on an app's token; see {@link callWithToken}. */
  call<T>(
    appid: string,
    call: (call: TokenCall) => Promise<T | Failure>,
    extendLease?: () => Promise<void>,
  ): Promise<T | Failure> {
    return callWithToken(
      (wish) => this.token(appid, wish),
      (accessToken) => call({ appid, accessToken }),
      extendLease,
    );
  }

  /** Where the credential of a key comes from, or null when it is no app's, or its app is gone. */
  async sourceOf(key: string): Promise<CredentialSource | null | Failure> {
    const [owner, appid = "", kind, type] = key.split(":");
    if (owner !== "app") return null;
    const app = await this.#apps.find(appid);
    if (app instanceof Failure) return app.code === "appNotFound" ? null : app;
    return kind === "token" ? this.#tokenSource(app) : this.#ticketSource(app, type as TicketType);
  }

  #tokenSource(app: App): CredentialSource {
    return {
      key: tokenKey(app.appid),
      owner: app.appid,
      kind: "token",
      isCurrent: () => this.#isRegistered(app.appid),
      ownerUpdatedAt: app.updatedAt,
      notSaved: "tokenNotSaved",
      fetch: async (how) => refusedAs("tokenRefused", await this.#fetchToken(app, how)),
    };
  }

  /** An app's new secret does not kill what was fetched with the old one; but the app may be gone. */
  async #isRegistered(appid: string): Promise<boolean> {
    const app = await this.#apps.find(appid);
    return !(app instanceof Failure && app.code === "appNotFound");
  }

  async #fetchToken(
    app: App,
    { force, failed, extendLease }: Fetch,
  ): Promise<FetchedCredential | Failure> {
    if (app.tokenEndpoint === "legacy") return this.#wechat.fetchLegacyToken(app);
    const fetched = await this.#wechat.fetchStableToken(app, force);
    // WeChat may not have noticed that the token is dead.
    if (fetched instanceof Failure || fetched.value !== failed) return fetched;
    await extendLease();
    return this.#wechat.fetchStableToken(app, true);
  }

  #ticketSource(app: App, type: TicketType): CredentialSource {
    return {
      key: ticketKey(app.appid, type),
      owner: app.appid,
      kind: `ticket ${type}`,
      isCurrent: () => this.#isRegistered(app.appid),
      ownerUpdatedAt: app.updatedAt,
      notSaved: "ticketNotSaved",
      fetch: async ({ extendLease }) =>
        refusedAs(
          "ticketRefused",
          await this.call(app.appid, (call) => this.#wechat.fetchTicket(call, type), extendLease),
        ),
    };
  }
}
