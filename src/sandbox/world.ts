import type { Clock, Milliseconds, Random } from "../core/ports.ts";
import { sha256 } from "../crypto/digest.ts";
import { HostedCredentials } from "./hosted.ts";
import { Media } from "./media.ts";
import { SentMessages } from "./sent-messages.ts";

/** The sandbox's app. Neither its appid nor its secret exists at WeChat. */
export const DEMO_APP = { appid: "wx0000000000000de0", secret: "sandbox-demo-secret" } as const;

/** The sandbox's WeCom agent. */
export const DEMO_AGENT = {
  corpid: "ww0000000000000de0",
  agentid: "1000002",
  secret: "sandbox-demo-agent-secret",
} as const;

/** Life of a code (docs/protocol-reference.md#jscode2session). */
const CODE_LIFETIME: Milliseconds = 5 * 60_000;
const MINUTE: Milliseconds = 60_000;
/** Exchanges of one user's codes per minute, before errcode 45011. */
const EXCHANGES_A_MINUTE = 100;

export interface SandboxUser {
  appid: string;
  name: string;
  openid: string;
  unionid: string | null;
  /** The user's current session_key; a login makes a new one unless one was set. */
  sessionKey: string;
  /** A session_key that was set, and that logins keep. */
  fixedSessionKey: string | null;
  profile: Record<string, unknown>;
  blocked: boolean;
  /** Whether the user accepts no subscribe message. */
  refusesMessages: boolean;
  exchanges: { minute: number; count: number };
}

interface IssuedCode {
  user: SandboxUser;
  sessionKey: string;
  expiresAt: Milliseconds;
  used: boolean;
}

/** The members that a PUT of a user may set. */
export interface UserChange {
  openid?: string;
  unionid?: string | null;
  sessionKey?: string;
  profile?: Record<string, unknown>;
  blocked?: boolean;
  refusesMessages?: boolean;
}

const opaqueId = (seed: string): string => `o${sha256(seed).toString("base64url").slice(0, 27)}`;

export interface SandboxOptions {
  clock: Clock;
  random: Random;
  /** Whether codes that were not issued here are good, for users named after them. */
  takesAnyCode?: boolean;
}

/** The state of the simulated WeChat: apps, users and the codes that it issued. In memory only. */
export class SandboxWorld {
  readonly apps = new Map<string, string>([[DEMO_APP.appid, DEMO_APP.secret]]);
  /** Agents' secrets by `corpid:agentid`. */
  readonly agents = new Map<string, string>([
    [`${DEMO_AGENT.corpid}:${DEMO_AGENT.agentid}`, DEMO_AGENT.secret],
  ]);
  readonly hosted: HostedCredentials;
  readonly messages = new SentMessages();
  readonly media: Media;
  readonly #users = new Map<string, SandboxUser>();
  readonly #codes = new Map<string, IssuedCode>();
  readonly #phoneCodes = new Map<string, { appid: string; phoneNumber: string; used: boolean }>();
  readonly #takesAnyCode: boolean;
  readonly #clock;
  readonly #random;
  #messageIds = 0;

  constructor({ clock, random, takesAnyCode = false }: SandboxOptions) {
    this.#takesAnyCode = takesAnyCode;
    this.hosted = new HostedCredentials({ clock, random });
    this.media = new Media(() => random.hex(32));
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns a user of an app, and creates it at the first use of its name. */
  user(appid: string, name: string): SandboxUser {
    const key = `${appid}:${name}`;
    let user = this.#users.get(key);
    if (user === undefined) {
      user = {
        appid,
        name,
        openid: opaqueId(key),
        unionid: opaqueId(`unionid:${name}`),
        sessionKey: this.newSessionKey(),
        fixedSessionKey: null,
        profile: {
          nickName: name,
          gender: 0,
          language: "zh_CN",
          city: "Shenzhen",
          province: "Guangdong",
          country: "China",
          avatarUrl: "https://thirdwx.qlogo.cn/mmopen/vi_32/sandbox/132",
        },
        blocked: false,
        refusesMessages: false,
        exchanges: { minute: 0, count: 0 },
      };
      this.#users.set(key, user);
    }
    return user;
  }

  change(user: SandboxUser, change: UserChange): void {
    if (change.openid !== undefined) user.openid = change.openid;
    if (change.unionid !== undefined) user.unionid = change.unionid;
    if (change.profile !== undefined) user.profile = change.profile;
    if (change.blocked !== undefined) user.blocked = change.blocked;
    if (change.refusesMessages !== undefined) user.refusesMessages = change.refusesMessages;
    if (change.sessionKey === undefined) return;
    user.fixedSessionKey = change.sessionKey;
    user.sessionKey = change.sessionKey;
  }

  /** Plays wx.login: issues a one-use code and makes its session_key the user's current one. */
  giveCode(user: SandboxUser): string {
    this.#forgetOldCodes();
    user.sessionKey = user.fixedSessionKey ?? this.newSessionKey();
    const code = `0${this.#random.hex(16).slice(1)}`;
    const expiresAt = this.#clock.now() + CODE_LIFETIME;
    this.#codes.set(code, { user, sessionKey: user.sessionKey, expiresAt, used: false });
    return code;
  }

  /**
   * Exchanges a code.
   *
   * @returns the user and the session_key, or an errcode
   */
  takeCode(appid: string, code: string): { user: SandboxUser; sessionKey: string } | number {
    const issued = this.#codes.get(code);
    if (issued === undefined && this.#takesAnyCode) return this.#takeForeignCode(appid, code);
    if (
      issued === undefined ||
      issued.user.appid !== appid ||
      issued.expiresAt <= this.#clock.now()
    )
      return 40029;
    if (issued.used) return 40163;
    if (issued.user.blocked) return 40226;
    if (!this.#mayExchange(issued.user)) return 45011;
    issued.used = true;
    return issued;
  }

  /** Takes a code that nobody issued here, for the user with its name; any number of times. */
  #takeForeignCode(
    appid: string,
    code: string,
  ): { user: SandboxUser; sessionKey: string } | number {
    const user = this.user(appid, code);
    if (user.blocked) return 40226;
    user.sessionKey = user.fixedSessionKey ?? this.newSessionKey();
    return { user, sessionKey: user.sessionKey };
  }

  /**
   * Returns the secret of an app; undefined for an unknown one. Where any code is taken, any app is
   * known by the first secret that comes with it.
   */
  secretOf(appid: string, given: unknown): string | undefined {
    if (this.#takesAnyCode && !this.apps.has(appid) && typeof given === "string" && given !== "")
      this.apps.set(appid, given);
    return this.apps.get(appid);
  }

  /** Issues a code of the phone number button. */
  givePhoneCode(appid: string, phoneNumber: string): string {
    const code = this.#random.hex(32);
    this.#phoneCodes.set(code, { appid, phoneNumber, used: false });
    return code;
  }

  /** Exchanges a code for the phone number, once; else returns the errcode. */
  takePhoneCode(appid: string, code: string): string | number {
    const issued = this.#phoneCodes.get(code);
    if (issued === undefined || issued.appid !== appid) return 40029;
    if (issued.used) return 40163;
    issued.used = true;
    return issued.phoneNumber;
  }

  /** Returns the agent with this secret, as `corpid:agentid`; else the errcode. */
  agentOf(corpid: string, secret: string): string | number {
    const agents = [...this.agents].filter(([agent]) => agent.startsWith(`${corpid}:`));
    if (agents.length === 0) return 40013;
    return agents.find(([, known]) => known === secret)?.[0] ?? 40001;
  }

  findUser(appid: string, openid: string): SandboxUser | null {
    for (const user of this.#users.values())
      if (user.appid === appid && user.openid === openid) return user;
    return null;
  }

  renewSessionKey(appid: string, openid: string): string | null {
    const user = this.findUser(appid, openid);
    if (user === null) return null;
    user.sessionKey = this.newSessionKey();
    return user.sessionKey;
  }

  newSessionKey(): string {
    return Buffer.from(this.#random.hex(16), "hex").toString("base64");
  }

  newIv(): string {
    return this.newSessionKey();
  }

  now(): Milliseconds {
    return this.#clock.now();
  }

  nextMessageId(): number {
    this.#messageIds += 1;
    return this.#messageIds;
  }

  requestId(): string {
    return `${this.#random.hex(4)}-${this.#random.hex(4)}-${this.#random.hex(4)}`;
  }

  #mayExchange(user: SandboxUser): boolean {
    const minute = Math.floor(this.#clock.now() / MINUTE);
    if (user.exchanges.minute !== minute) user.exchanges = { minute, count: 0 };
    user.exchanges.count += 1;
    return user.exchanges.count <= EXCHANGES_A_MINUTE;
  }

  /** Removes old codes, which come first because the map keeps the order of issue. */
  #forgetOldCodes(): void {
    const now = this.#clock.now();
    for (const [code, issued] of this.#codes) {
      if (issued.expiresAt + CODE_LIFETIME > now) return;
      this.#codes.delete(code);
    }
  }
}
