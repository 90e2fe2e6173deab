import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { agentName, parseAgentName, type WorkAgent } from "../apps/work-agent.ts";
import type { WorkAgentService } from "../apps/work-agent-service.ts";
import { Failure } from "../errors.ts";
import type { Activity } from "../usage/activity.ts";
import type {
  CredentialOptions,
  CredentialService,
  ServedCredential,
} from "./credential-service.ts";
import type { CredentialSource, Fetch } from "./credential-source.ts";
import type { CredentialUpstream, FetchedCredential, TokenCall } from "./credential-upstream.ts";
import { callWithToken, refusedAs } from "./dead-token.ts";
import {
  type AgentCredentialKind,
  type AppCredentialKind,
  CREDENTIAL_KINDS,
  type CredentialKind,
  isAppKind,
  isTicketKind,
  keyOfCredential,
  parseCredentialKey,
  type TicketKind,
} from "./kinds.ts";

export interface OwnerCredentialsDeps {
  apps: AppService;
  workAgents: WorkAgentService;
  credentials: CredentialService;
  activity: Pick<Activity, "note">;
  wechat: CredentialUpstream;
}

type Fetcher = (how: Fetch) => Promise<FetchedCredential | Failure>;

/** The access tokens and tickets of apps and of WeCom agents. */
export class OwnerCredentials {
  readonly #deps;

  constructor(deps: OwnerCredentialsDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the current value of a credential, or renews it as the options say.
   *
   * @param owner an appid, or `corpid:agentid`, as the kind says
   * @returns a Failure: appNotFound, agentNotFound, tokenRefused, ticketRefused, wechatUnreachable,
   * wechatAnswerWrong, storeFailed, or the `notSaved` of the kind or of its owner's token
   */
  async get(
    kind: CredentialKind,
    owner: string,
    options: CredentialOptions = {},
  ): Promise<ServedCredential | Failure> {
    const served = await this.#get(kind, owner, options);
    return served instanceof Failure ? served : this.#handOut(kind, owner, served);
  }

  /**
   * Returns the current value of an app's credential, when nothing has to be waited for.
   *
   * @returns null when {@link OwnerCredentials.get} has to say it
   */
  current(kind: AppCredentialKind, appid: string): ServedCredential | null {
    const { apps, credentials } = this.#deps;
    if (!apps.isThereNow(appid)) return null;
    const served = credentials.current(keyOfCredential(kind, appid));
    return served && this.#handOut(kind, appid, served);
  }

  /** Returns a token as {@link OwnerCredentials.get} does, for a call that waferd itself makes. */
  async token(
    kind: Exclude<CredentialKind, TicketKind>,
    owner: string,
    options: CredentialOptions,
  ): Promise<ServedCredential | Failure> {
    const { apps, credentials } = this.#deps;
    const isThere = options.rotate == null && isAppKind(kind) && apps.isThereNow(owner);
    const current = isThere ? credentials.current(keyOfCredential(kind, owner)) : null;
    return current ?? this.#get(kind, owner, options);
  }

  /** Whether a value is the current one of a credential; never asks WeChat. */
  isHosted(kind: CredentialKind, owner: string, value: string): Promise<boolean | Failure> {
    return this.#deps.credentials.holds(keyOfCredential(kind, owner), value);
  }

  /** Makes a call with an app's token; see {@link callWithToken}. */
  call<T>(appid: string, call: (call: TokenCall) => Promise<T | Failure>): Promise<T | Failure> {
    return this.#callWithToken("app/access-token", appid, call);
  }

  /**
   * Returns the source of a stored credential, or null when its key is of another form or its owner
   * is no longer registered; a Failure storeFailed when the store cannot tell.
   */
  async sourceOf(key: string): Promise<CredentialSource | null | Failure> {
    const parsed = parseCredentialKey(key);
    if (parsed === null) return null;
    const source = await this.#source(parsed.kind, parsed.owner);
    return source instanceof Failure && isGone(source) ? null : source;
  }

  /** Counts an access token that a caller gets. */
  #handOut(kind: CredentialKind, owner: string, served: ServedCredential): ServedCredential {
    if (!isTicketKind(kind)) this.#deps.activity.note(owner, "tokens");
    return served;
  }

  async #get(
    kind: CredentialKind,
    owner: string,
    options: CredentialOptions,
  ): Promise<ServedCredential | Failure> {
    const source = await this.#source(kind, owner);
    return source instanceof Failure ? source : this.#deps.credentials.get(source, options);
  }

  async #source(kind: CredentialKind, owner: string): Promise<CredentialSource | Failure> {
    if (isAppKind(kind)) {
      const app = await this.#deps.apps.find(owner);
      return app instanceof Failure ? app : this.#appSource(kind, app);
    }
    const agent = await this.#findAgent(owner);
    return agent instanceof Failure ? agent : this.#agentSource(kind, agent);
  }

  #appSource(kind: AppCredentialKind, app: App): CredentialSource {
    return {
      ...sourceFacts(kind, app.appid),
      ownerUpdatedAt: app.updatedAt,
      // A new secret leaves what was fetched with the old one alive; but the app may be gone.
      isCurrent: async () => {
        const now = await this.#deps.apps.find(app.appid);
        return !(now instanceof Failure && isGone(now));
      },
      fetch: isTicketKind(kind)
        ? this.#ticketFetcher(kind, "app/access-token", app.appid)
        : { "app/access-token": this.#appTokenFetcher(app) }[kind],
    };
  }

  #agentSource(kind: AgentCredentialKind, agent: WorkAgent): CredentialSource {
    const owner = agentName(agent.corpid, agent.agentid);
    return {
      ...sourceFacts(kind, owner),
      ownerUpdatedAt: agent.updatedAt,
      isCurrent: async () => {
        const now = await this.#findAgent(owner);
        if (now instanceof Failure) return !isGone(now);
        return now.updatedAt === agent.updatedAt && now.agentSecret === agent.agentSecret;
      },
      fetch: isTicketKind(kind)
        ? this.#ticketFetcher(kind, "agent/access-token", owner)
        : { "agent/access-token": this.#agentTokenFetcher(agent) }[kind],
    };
  }

  async #findAgent(name: string): Promise<WorkAgent | Failure> {
    const ids = parseAgentName(name);
    return ids === null
      ? new Failure("agentNotFound")
      : this.#deps.workAgents.find(ids.corpid, ids.agentid);
  }

  #appTokenFetcher(app: App): Fetcher {
    const { wechat } = this.#deps;
    const fetchToken: Fetcher = async ({ force, failed, extendLease }) => {
      if (app.tokenEndpoint === "legacy") return wechat.fetchLegacyToken(app);
      const fetched = await wechat.fetchStableToken(app, force);
      // WeChat may not have noticed that the token is dead.
      if (fetched instanceof Failure || fetched.value !== failed) return fetched;
      await extendLease();
      return wechat.fetchStableToken(app, true);
    };
    return async (how) => refusedAs("tokenRefused", await fetchToken(how));
  }

  #agentTokenFetcher(agent: WorkAgent): Fetcher {
    return async () => refusedAs("tokenRefused", await this.#deps.wechat.fetchWorkToken(agent));
  }

  #ticketFetcher(
    kind: TicketKind,
    token: Exclude<CredentialKind, TicketKind>,
    owner: string,
  ): Fetcher {
    return async ({ extendLease }) =>
      refusedAs(
        "ticketRefused",
        await this.#callWithToken(
          token,
          owner,
          (call) => this.#deps.wechat.fetchTicket(kind, call),
          extendLease,
        ),
      );
  }

  #callWithToken<T>(
    token: Exclude<CredentialKind, TicketKind>,
    owner: string,
    call: (call: TokenCall) => Promise<T | Failure>,
    extendLease?: () => Promise<void>,
  ): Promise<T | Failure> {
    return callWithToken(
      (options) => this.#get(token, owner, options),
      (accessToken) => call({ owner, accessToken }),
      extendLease,
    );
  }
}

const sourceFacts = (kind: CredentialKind, owner: string) => ({
  key: keyOfCredential(kind, owner),
  owner,
  kind: CREDENTIAL_KINDS[kind].key,
  notSaved: CREDENTIAL_KINDS[kind].notSaved,
});

const isGone = ({ code }: Failure): boolean => code === "appNotFound" || code === "agentNotFound";
