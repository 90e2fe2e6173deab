import { sha256 } from "../../crypto/digest.ts";
import type { Ciphertext } from "../../crypto/user-data.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { SingleFlight } from "../coordination/single-flight.ts";
import { Failure } from "../errors.ts";
import { type Client, OWN_PROCESS } from "../limits/client.ts";
import type { Clock, Milliseconds, Random } from "../ports.ts";
import type { Activity } from "../usage/activity.ts";
import type { CodeClaims } from "./code-claims.ts";
import type { CodeExchanges, TimedExchange } from "./code-exchanges.ts";
import type { LoginQueue } from "./login-queue.ts";
import type { LoginRequest } from "./login-request.ts";
import {
  forgetAt,
  lapsesAt,
  remainingSeconds,
  SESSION_ID_BYTES,
  type Session,
  SKEY_BYTES,
} from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import { parseUserData } from "./user-data.ts";
import type { UserDataService } from "./user-data-service.ts";
import { type JsonObject, mergeUserInfo } from "./user-info.ts";

export interface Login {
  session: Session;
  /** 64 lower-case hex digits; the store keeps only their hash. */
  skey: string;
  /** Whether this is the user's first session at this app. */
  isNew: boolean;
  /** When the session lapses if it is not visited. */
  lapsesAt: Milliseconds;
  durationSeconds: number;
}

export interface LoginDeps {
  tables: { sessions: SessionTable };
  exchanges: CodeExchanges;
  queue: LoginQueue;
  clock: Clock;
  random: Random;
  apps: AppService;
  activity: Activity;
  userData: UserDataService;
  /** The option `sessions_per_user`, for apps that have none of their own. */
  sessionsPerUser: number;
  /** Shares logins with other processes. */
  claims: CodeClaims;
}

/** A code's exchange by this process, or the login that another process made with it. */
type Exchanged = { app: App; exchange: TimedExchange } | { app: App; login: Login };

/** The concurrent logins with one code. They share the exchange and the one session. */
interface LoginAttempt {
  readonly exchanged: Exchanged | Failure;
  issued: { login: Promise<Login | Failure>; profile: JsonObject | null } | null;
}

/** Logs mini-program users in. */
export class LoginService {
  readonly #deps;
  readonly #attempts = new SingleFlight<LoginAttempt>();

  constructor(deps: LoginDeps) {
    this.#deps = deps;
  }

  /**
   * Exchanges a code for a session. Concurrent logins with one code make one call to WeChat and one
   * session, and all get the same answer (docs/protocol-reference.md#sessions). A code stays usable
   * when the store refused its session.
   *
   * @returns a Failure: tooOften, appNotFound, storeFailed, codeRefused, wechatUnreachable,
   * wechatAnswerWrong, decryptionFailed, sessionNotSaved
   */
  async login(request: LoginRequest, client: Client = OWN_PROCESS): Promise<Login | Failure> {
    const refusal = this.#deps.queue.count(client);
    if (refusal !== null) return refusal;
    const { appid, code } = request;
    const userData = request.userData && parseUserData(request.userData);
    // A code works once: data that no key can decrypt must not use it up.
    if (userData instanceof Failure) return userData;
    return this.#attempts.join(`${appid ?? ""}:${code}`, {
      start: async () => ({ exchanged: await this.#exchange(request, client), issued: null }),
      use: (attempt) => this.#run(attempt, code, userData),
      end: (attempt) => this.#endClaim(attempt, code),
    });
  }

  /** Tells other processes not to wait when the user data kept a session from being made. */
  async #endClaim({ exchanged, issued }: LoginAttempt, code: string): Promise<void> {
    if (issued === null && !(exchanged instanceof Failure) && "exchange" in exchanged)
      await this.#deps.claims.end(claimName(exchanged.app, code), null);
  }

  async #exchange({ appid, code }: LoginRequest, client: Client): Promise<Exchanged | Failure> {
    const { apps, queue } = this.#deps;
    const app = await apps.find(appid);
    if (app instanceof Failure) return app;
    // The queue comes before the claim, which would run out in it.
    return await queue.run(client, () => this.#exchangeCode(app, code));
  }

  async #exchangeCode(app: App, code: string): Promise<Exchanged | Failure> {
    const { exchanges, claims } = this.#deps;
    const claim = await claims.begin(claimName(app, code));
    if (claim instanceof Failure) return claim;
    if (!claim.isMine) return { app, login: parseLogin(claim.answer) };
    const exchange = await exchanges.exchange(app, code);
    if (!(exchange instanceof Failure)) return { app, exchange };
    await claims.end(claimName(app, code), null);
    return exchange;
  }

  async #run(
    attempt: LoginAttempt,
    code: string,
    data: Ciphertext | null,
  ): Promise<Login | Failure> {
    const { exchanged } = attempt;
    if (exchanged instanceof Failure) return exchanged;
    const { app } = exchanged;
    if ("login" in exchanged)
      return data === null ? exchanged.login : this.#addUserData(app, exchanged.login, data);
    const { exchange } = exchanged;
    const owner = { appid: app.appid, openid: exchange.openid, sessionKey: exchange.sessionKey };
    const profile = data && this.#deps.userData.openProfile(data, owner);
    if (profile instanceof Failure) return profile;

    if (attempt.issued === null) {
      attempt.issued = { login: this.#issue(app, code, exchange, profile), profile };
      return await attempt.issued.login;
    }
    const login = await attempt.issued.login;
    if (login instanceof Failure || profile === null) return login;
    if (JSON.stringify(profile) === JSON.stringify(attempt.issued.profile)) return login;
    return await this.#addProfile(login, profile);
  }

  async #issue(
    app: App,
    code: string,
    exchange: TimedExchange,
    profile: JsonObject | null,
  ): Promise<Login | Failure> {
    const { tables, clock, random, activity, sessionsPerUser, claims, exchanges } = this.#deps;
    const loginAt = clock.now();
    const skey = random.hex(SKEY_BYTES);
    const issued = await attempt("sessionNotSaved", () =>
      tables.sessions.issue({
        id: random.hex(SESSION_ID_BYTES),
        appid: app.appid,
        openid: exchange.openid,
        unionid: exchange.unionid,
        skey,
        sessionKey: exchange.sessionKey,
        profile,
        loginAt,
        expiresAt: forgetAt({ loginAt, lastVisitAt: loginAt }, app),
        sessionsPerUser: app.sessionsPerUser ?? sessionsPerUser,
      }),
    );
    if (issued instanceof Failure) {
      exchanges.keep(app, code, exchange);
      // Not awaited: a store that has just failed may take as long to fail again.
      void claims.end(claimName(app, code), null);
      return issued;
    }
    activity.note(app.appid, "logins");
    const login = {
      ...issued,
      skey,
      lapsesAt: lapsesAt(issued.session, app),
      durationSeconds: remainingSeconds(issued.session, app, loginAt),
    };
    await claims.end(claimName(app, code), () => JSON.stringify(login));
    return login;
  }

  /** Adds user data that came to this process to a login that another process made. */
  async #addUserData(app: App, login: Login, data: Ciphertext): Promise<Login | Failure> {
    const { id, openid } = login.session;
    const stored = await attempt("storeFailed", () =>
      this.#deps.tables.sessions.getWithSessionKey(id, app.appid),
    );
    if (stored instanceof Failure) return stored;
    if (stored === null) return login;
    const owner = { appid: app.appid, openid, sessionKey: stored.sessionKey };
    const profile = this.#deps.userData.openProfile(data, owner);
    if (profile instanceof Failure) return profile;
    const isKnown = Object.entries(profile).every(
      ([name, value]) => JSON.stringify(login.session.userInfo[name]) === JSON.stringify(value),
    );
    return isKnown ? login : this.#addProfile(login, profile);
  }

  /** Adds a profile that came with a concurrent login to the session that was made without it. */
  async #addProfile(login: Login, profile: JsonObject): Promise<Login | Failure> {
    const { session: made } = login;
    const session = await attempt("sessionNotSaved", () =>
      this.#deps.tables.sessions.replaceProfile(made, mergeUserInfo(made, made.userInfo, profile)),
    );
    if (session instanceof Failure) return session;
    return session === null ? login : { ...login, session };
  }
}

const claimName = ({ appid }: App, code: string): string => `${appid} ${code}`;

/** Parses a login that another process wrote. */
function parseLogin(text: string): Login {
  const login = JSON.parse(text) as Login;
  return { ...login, session: { ...login.session, skeyHash: sha256(login.skey) } };
}
