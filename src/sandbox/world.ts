import type { Clock, Milliseconds, Random } from "../core/ports.ts";
import { sha256 } from "../crypto/digest.ts";
import { HostedCredentials } from "./hosted.ts";

/** The app that the sandbox brings along. Neither its appid nor its secret means anything to WeChat. */
export const DEMO_APP = { appid: "wx0000000000000de0", secret: "sandbox-demo-secret" } as const;

/** The WeCom agent that the sandbox brings along. */
export const DEMO_AGENT = {
  corpid: "ww0000000000000de0",
  agentid: "1000002",
  secret: "sandbox-demo-agent-secret",
} as const;

/** A code lives five minutes (PROTOCOL section 4.1). */
const CODE_LIFETIME: Milliseconds = 5 * 60_000;
const MINUTE: Milliseconds = 60_000;
/** Exchanges of one user's codes in a minute, before errcode 45011. */
const EXCHANGES_A_MINUTE = 100;

export interface SandboxUser {
  appid: string;
  name: string;
  openid: string;
  unionid: string | null;
  /** The user's current session_key; a login makes a new one unless one was set. */
  sessionKey: string;
  /** A session_key that was set, and stays. */
  fixedSessionKey: string | null;
  profile: Record<string, unknown>;
  blocked: boolean;
  exchanges: { minute: number; count: number };
}

interface IssuedCode {
  user: SandboxUser;
  sessionKey: string;
  expiresAt: Milliseconds;
  used: boolean;
}

/** What a PUT of a user may set. */
export interface UserChange {
  openid?: string;
  unionid?: string | null;
  sessionKey?: string;
  profile?: Record<string, unknown>;
  blocked?: boolean;
}

const opaqueId = (seed: string): string => `o${sha256(seed).toString("base64url").slice(0, 27)}`;

/** Everything that the simulated WeChat knows: apps, users and the codes that it gave out. In memory only. */
export class SandboxWorld {
  readonly apps = new Map<string, string>([[DEMO_APP.appid, DEMO_APP.secret]]);
  /** Agents' secrets by `corpid:agentid`. */
  readonly agents = new Map<string, string>([
    [`${DEMO_AGENT.corpid}:${DEMO_AGENT.agentid}`, DEMO_AGENT.secret],
  ]);
  readonly hosted: HostedCredentials;
  readonly #users = new Map<string, SandboxUser>();
  readonly #codes = new Map<string, IssuedCode>();
  readonly #phoneCodes = new Map<string, { appid: string; phoneNumber: string; used: boolean }>();
  readonly #clock;
  readonly #random;

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.hosted = new HostedCredentials({ clock, random });
    this.#clock = clock;
    this.#random = random;
  }

  /** A user of an app; whoever is named for the first time comes into being. */
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
    if (change.sessionKey === undefined) return;
    user.fixedSessionKey = change.sessionKey;
    user.sessionKey = change.sessionKey;
  }

  /** wx.login: a one-use code; the session_key behind it is the user's current one from now on. */
  giveCode(user: SandboxUser): string {
    this.#forgetOldCodes();
    user.sessionKey = user.fixedSessionKey ?? this.newSessionKey();
    const code = `0${this.#random.hex(16).slice(1)}`;
    const expiresAt = this.#clock.now() + CODE_LIFETIME;
    this.#codes.set(code, { user, sessionKey: user.sessionKey, expiresAt, used: false });
    return code;
  }

  /**
   * What a code is worth to an app; uses it up.
   *
   * @returns the errcode when it is worth nothing
   */
  takeCode(appid: string, code: string): { user: SandboxUser; sessionKey: string } | number {
    const issued = this.#codes.get(code);
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

  /** A code of the button by which a user gives away the phone number. */
  givePhoneCode(appid: string, phoneNumber: string): string {
    const code = this.#random.hex(32);
    this.#phoneCodes.set(code, { appid, phoneNumber, used: false });
    return code;
  }

  /** The phone number behind a code, once; else the errcode. */
  takePhoneCode(appid: string, code: string): string | number {
    const issued = this.#phoneCodes.get(code);
    if (issued === undefined || issued.appid !== appid) return 40029;
    if (issued.used) return 40163;
    issued.used = true;
    return issued.phoneNumber;
  }

  /** The agent with this secret, as `corpid:agentid`; else the errcode. */
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

  requestId(): string {
    return `${this.#random.hex(4)}-${this.#random.hex(4)}-${this.#random.hex(4)}`;
  }

  #mayExchange(user: SandboxUser): boolean {
    const minute = Math.floor(this.#clock.now() / MINUTE);
    if (user.exchanges.minute !== minute) user.exchanges = { minute, count: 0 };
    user.exchanges.count += 1;
    return user.exchanges.count <= EXCHANGES_A_MINUTE;
  }

  /** Codes lie in the order in which they were given, so the old ones come first. */
  #forgetOldCodes(): void {
    const now = this.#clock.now();
    for (const [code, issued] of this.#codes) {
      if (issued.expiresAt + CODE_LIFETIME > now) return;
      this.#codes.delete(code);
    }
  }
}
