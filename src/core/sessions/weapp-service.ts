import { equalDigests } from "../../crypto/digest.ts";
import { signRawData } from "../../crypto/raw-data.ts";
import type { App } from "../apps/app.ts";
import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { SingleFlight } from "../coordination/single-flight.ts";
import { Failure } from "../errors.ts";
import { type Client, OWN_PROCESS } from "../limits/client.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { isAhead } from "../stored-time.ts";
import { parseClientJson } from "./client-json.ts";
import type { CodeClaims } from "./code-claims.ts";
import type { CodeExchanges } from "./code-exchanges.ts";
import type { LoginQueue } from "./login-queue.ts";
import type { JsonObject, UserInfo } from "./user-info.ts";
import type { WeappUser } from "./weapp-user.ts";
import type { WeappUserTable } from "./weapp-user-table.ts";

/** Time for which a user is remembered under a code. */
const REMEMBERED: Milliseconds = 7_200_000;

/** A client's proof with the code of a new login. */
export interface SignedRawData {
  /** The text as wx.getUserInfo returned it, byte for byte. */
  rawData: Uint8Array;
  /** Hex SHA-1 of these bytes followed by the session_key. */
  signature: string;
}

interface WeappServiceDeps {
  tables: { weappUsers: WeappUserTable };
  exchanges: CodeExchanges;
  queue: LoginQueue;
  clock: Clock;
  apps: AppService;
  /** Shares logins with other processes. */
  claims: CodeClaims;
}

/** A login with what its client sent. */
interface WeappLogin {
  appid: string | null;
  code: string;
  data: SignedRawData;
  members: JsonObject;
  client: Client;
}

/** The sessions of weapp-session, kept under the login code (docs/protocol-reference.md#weapp). */
export class WeappService {
  readonly #deps;
  /** By appid and code: a client sends several requests with one code at once. */
  readonly #logins = new SingleFlight<WeappUser | Failure>();

  constructor(deps: WeappServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Exchanges a code, checks that the raw data is the user's, and remembers the user under the
   * code. Because a code works once, a login that is repeated with the same raw data gets the
   * remembered user.
   *
   * @param appid null means the default app
   * @returns a Failure: tooOften, appNotFound, badParameter (rawData: not a JSON object),
   * codeRefused, wechatUnreachable, wechatAnswerWrong, rawDataUntrusted, sessionNotSaved,
   * storeFailed
   */
  async login(
    appid: string | null,
    code: string,
    data: SignedRawData,
    client: Client = OWN_PROCESS,
  ): Promise<WeappUser | Failure> {
    const refusal = this.#deps.queue.count(client);
    if (refusal !== null) return refusal;
    const { members } = parseClientJson(data.rawData);
    if (members === null) return new Failure("badParameter", { reason: "rawData" });
    const user = await this.#logins.run(`${appid ?? ""}:${code}`, () =>
      this.#login({ appid, code, data, members, client }),
    );
    if (user instanceof Failure || isSame(user, members)) return user;
    return new Failure("rawDataUntrusted");
  }

  /**
   * Returns the user that is remembered under a code; a Failure: appNotFound, sessionExpired,
   * storeFailed.
   */
  async recall(appid: string | null, code: string): Promise<WeappUser | Failure> {
    const app = await this.#deps.apps.find(appid);
    if (app instanceof Failure) return app;
    return (await this.#load(app.appid, code)) ?? new Failure("sessionExpired");
  }

  async #login({ appid, code, data, members, client }: WeappLogin): Promise<WeappUser | Failure> {
    const { apps, queue } = this.#deps;
    const app = await apps.find(appid);
    if (app instanceof Failure) return app;
    // A login that is repeated does not have to wait for WeChat.
    const remembered = await this.#load(app.appid, code);
    if (remembered instanceof Failure) return remembered;
    if (remembered !== null && isSame(remembered, members)) return remembered;
    return await queue.run(client, () => this.#claimAndExchange(app, code, data, members));
  }

  async #claimAndExchange(
    app: App,
    code: string,
    data: SignedRawData,
    members: JsonObject,
  ): Promise<WeappUser | Failure> {
    const { claims } = this.#deps;
    const name = `weapp ${app.appid} ${code}`;
    const claim = await claims.begin(name);
    if (claim instanceof Failure) return claim;
    try {
      return await this.#exchange(app, code, data, members);
    } finally {
      // Waiting processes find the remembered user.
      if (claim.isMine) await claims.end(name, null);
    }
  }

  async #exchange(
    app: App,
    code: string,
    { rawData, signature }: SignedRawData,
    members: JsonObject,
  ): Promise<WeappUser | Failure> {
    const { tables, exchanges, clock } = this.#deps;
    const remembered = await this.#load(app.appid, code);
    if (remembered instanceof Failure) return remembered;
    if (remembered !== null && isSame(remembered, members)) return remembered;
    const exchange = await exchanges.exchange(app, code);
    if (exchange instanceof Failure) return exchange;
    const signed = signRawData(rawData, exchange.sessionKey);
    if (!equalDigests(Buffer.from(signed), Buffer.from(signature)))
      return new Failure("rawDataUntrusted");
    const { openid } = exchange;
    const user: WeappUser = {
      appid: app.appid,
      code,
      openid,
      unionid: exchange.unionid,
      userInfo: { ...members, openId: openid },
      expiresAt: clock.now() + REMEMBERED,
    };
    const saved = await attempt("sessionNotSaved", () => tables.weappUsers.remember(user));
    if (!(saved instanceof Failure)) return user;
    exchanges.keep(app, code, exchange);
    return saved;
  }

  async #load(appid: string, code: string): Promise<WeappUser | null | Failure> {
    const user = await attempt("storeFailed", () => this.#deps.tables.weappUsers.get(appid, code));
    if (user === null || user instanceof Failure) return user;
    const now = this.#deps.clock.now();
    return user.expiresAt > now && !isAhead(user.expiresAt, now, REMEMBERED) ? user : null;
  }
}

/** Tells whether raw data equals the data that was verified when the user was remembered. */
const isSame = ({ userInfo, openid }: WeappUser, members: JsonObject): boolean =>
  JSON.stringify(userInfo) === JSON.stringify({ ...members, openId: openid } satisfies UserInfo);
