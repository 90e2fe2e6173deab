import { sha256 } from "../../crypto/digest.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds, Random } from "../ports.ts";
import type { Activity } from "../usage/activity.ts";
import type { CodeClaims } from "./code-claims.ts";
import type { CodeExchange, CodeExchanger } from "./code-exchanger.ts";
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
import { type EncryptedUserData, openUserData } from "./user-data.ts";
import type { JsonObject } from "./user-info.ts";

export interface Login {
  session: Session;
  /** 64 lower-case hex digits, known to the client only from here on. */
  skey: string;
  /** False when this user had a session at this app before. */
  isNew: boolean;
  /** When the session lapses if nobody visits it. */
  lapsesAt: Milliseconds;
  durationSeconds: number;
}

export interface LoginDeps {
  tables: { sessions: SessionTable };
  wechat: CodeExchanger;
  clock: Clock;
  random: Random;
  apps: AppService;
  activity: Activity;
  /** The option `sessions_per_user`, for apps that have none of their own. */
  sessionsPerUser: number;
  /** Shares logins with other processes; null when there are none. */
  claims: CodeClaims | null;
}

/** What comes of a code: an exchange that is this process's, or a login that another process made of it. */
type Exchanged = { app: App; exchange: CodeExchange } | { app: App; login: Login };

/** The logins under way with one code: they share the exchange, and the one session that comes of it. */
interface Flight {
  exchange: Promise<Exchanged | Failure>;
  issued: { login: Promise<Login | Failure>; profile: JsonObject | null } | null;
  passengers: number;
}

/** Logs mini-program users in. */
export class LoginService {
  readonly #deps;
  readonly #flights = new Map<string, Flight>();

  constructor(deps: LoginDeps) {
    this.#deps = deps;
  }

  /**
   * Exchanges a code for a session. Concurrent logins with one code are one call to WeChat and one session, and all
   * get the same answer.
   *
   * @returns a Failure: appNotFound, storeFailed, codeRefused, wechatUnreachable, wechatAnswerWrong,
   * decryptionFailed, sessionNotSaved
   */
  async login(request: LoginRequest): Promise<Login | Failure> {
    // Boarded before anything is waited for: else a login could find that an equal one, begun with it, is over.
    const key = `${request.appid ?? ""}:${request.code}`;
    const flight = this.#board(key, request);
    try {
      return await this.#fly(flight, request);
    } finally {
      flight.passengers -= 1;
      if (flight.passengers === 0) {
        this.#flights.delete(key);
        await this.#giveUpClaim(flight, request.code);
      }
    }
  }

  #board(key: string, request: LoginRequest): Flight {
    let flight = this.#flights.get(key);
    if (flight === undefined) {
      flight = { exchange: this.#exchange(request), issued: null, passengers: 0 };
      this.#flights.set(key, flight);
    }
    flight.passengers += 1;
    return flight;
  }

  /** When no session came of an exchange, because of the user data, other processes need not wait for one. */
  async #giveUpClaim({ exchange, issued }: Flight, code: string): Promise<void> {
    const exchanged = await exchange;
    if (issued === null && !(exchanged instanceof Failure) && "exchange" in exchanged)
      await this.#deps.claims?.end(claimName(exchanged.app, code), null);
  }

  async #exchange({ appid, code }: LoginRequest): Promise<Exchanged | Failure> {
    const { apps, wechat, claims } = this.#deps;
    const app = await apps.find(appid);
    if (app instanceof Failure) return app;
    const claim = await claims?.begin(claimName(app, code));
    if (claim instanceof Failure) return claim;
    if (claim?.isMine === false) return { app, login: parseLogin(claim.answer) };
    const exchange = await wechat.exchangeCode(app.appid, app.appSecret, code);
    if (!(exchange instanceof Failure)) return { app, exchange };
    await claims?.end(claimName(app, code), null);
    return exchange;
  }

  async #fly(flight: Flight, { code, userData: data }: LoginRequest): Promise<Login | Failure> {
    const exchanged = await flight.exchange;
    if (exchanged instanceof Failure) return exchanged;
    const { app } = exchanged;
    if ("login" in exchanged)
      return data === null ? exchanged.login : this.#join(app, exchanged.login, data);
    const { exchange } = exchanged;
    const { openid, sessionKey } = exchange;
    const userData = data && openUserData(data, { appid: app.appid, openid, sessionKey });
    if (userData instanceof Failure) return userData;
    const profile = userData?.members ?? null;

    if (flight.issued === null) {
      flight.issued = { login: this.#issue(app, code, exchange, profile), profile };
      return await flight.issued.login;
    }
    const login = await flight.issued.login;
    if (login instanceof Failure || profile === null) return login;
    if (JSON.stringify(profile) === JSON.stringify(flight.issued.profile)) return login;
    return await this.#addProfile(login, profile);
  }

  async #issue(
    app: App,
    code: string,
    exchange: CodeExchange,
    profile: JsonObject | null,
  ): Promise<Login | Failure> {
    const { tables, clock, random, activity, sessionsPerUser, claims } = this.#deps;
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
      // Not waited for: a store that has just failed may take as long to fail once more.
      void claims?.end(claimName(app, code), null);
      return issued;
    }
    activity.note(app.appid, "logins");
    const login = {
      ...issued,
      skey,
      lapsesAt: lapsesAt(issued.session, app),
      durationSeconds: remainingSeconds(issued.session, app, loginAt),
    };
    await claims?.end(claimName(app, code), JSON.stringify(login));
    return login;
  }

  /** A login that another process made; its user data came to this one. */
  async #join(app: App, login: Login, data: EncryptedUserData): Promise<Login | Failure> {
    const { id, openid } = login.session;
    const stored = await attempt("storeFailed", () =>
      this.#deps.tables.sessions.getWithSessionKey(id, app.appid),
    );
    if (stored instanceof Failure) return stored;
    if (stored === null) return login;
    const userData = openUserData(data, {
      appid: app.appid,
      openid,
      sessionKey: stored.sessionKey,
    });
    if (userData instanceof Failure) return userData;
    const isKnown = Object.entries(userData.members).every(
      ([name, value]) => JSON.stringify(login.session.userInfo[name]) === JSON.stringify(value),
    );
    return isKnown ? login : this.#addProfile(login, userData.members);
  }

  /** A login with the same code brought a profile that the session was made without. */
  async #addProfile(login: Login, profile: JsonObject): Promise<Login | Failure> {
    const session = await attempt("sessionNotSaved", () =>
      this.#deps.tables.sessions.replaceProfile(login.session, {
        ...login.session.userInfo,
        ...profile,
      }),
    );
    if (session instanceof Failure) return session;
    return session === null ? login : { ...login, session };
  }
}

const claimName = ({ appid }: App, code: string): string => `${appid} ${code}`;

/** A login as another process wrote it. */
function parseLogin(text: string): Login {
  const login = JSON.parse(text) as Login;
  return { ...login, session: { ...login.session, skeyHash: sha256(login.skey) } };
}
