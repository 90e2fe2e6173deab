import type { Clock, Milliseconds, Random } from "../core/ports.ts";

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;
const LIFETIME = 7200 * SECOND;
/**
 * In the last minutes of a stable token, a normal call returns a new one. A replaced legacy token
 * lives for the same time.
 */
const LAST_MINUTES = 5 * MINUTE;
const FORCED_APART = 30 * SECOND;
const FORCED_A_DAY = 20;
const DAY = 24 * 60 * MINUTE;

/** A token or ticket of the simulated WeChat. */
export interface Issued {
  value: string;
  expiresAt: Milliseconds;
}

interface StableToken extends Issued {
  forcedAt: Milliseconds | null;
}

/** The owner of a token: an appid, or `corpid:agentid`. */
type Owner = string;

/**
 * The tokens and tickets of the simulated WeChat and WeCom, by their rules
 * (docs/protocol-reference.md#upstream).
 */
export class HostedCredentials {
  readonly #clock;
  readonly #random;
  readonly #stable = new Map<Owner, StableToken>();
  readonly #legacy = new Map<Owner, Issued>();
  readonly #work = new Map<Owner, Issued>();
  readonly #tickets = new Map<string, Issued>();
  /** Every token that is still valid. */
  readonly #alive = new Map<string, { owner: Owner; until: Milliseconds }>();
  readonly #forced = new Map<Owner, { day: number; count: number }>();

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Returns the token, or the errcode of a force that came too soon or too often. */
  stable(appid: Owner, force: boolean): Issued | number {
    const now = this.#clock.now();
    const current = this.#stable.get(appid);
    if (!force) {
      if (current !== undefined && current.expiresAt - now > LAST_MINUTES) return current;
      return this.#giveStable(appid, current?.forcedAt ?? null);
    }
    if (current?.forcedAt && now - current.forcedAt < FORCED_APART) return 45011;
    const day = Math.floor(now / DAY);
    const forced = this.#forced.get(appid);
    const count = forced?.day === day ? forced.count + 1 : 1;
    if (count > FORCED_A_DAY) return 45009;
    this.#forced.set(appid, { day, count });
    if (current !== undefined) this.#alive.delete(current.value);
    return this.#giveStable(appid, now);
  }

  /** Returns a new token at every call; the one before lives for five more minutes. */
  legacy(appid: Owner): Issued {
    const before = this.#legacy.get(appid);
    const dying = before && this.#alive.get(before.value);
    if (dying) dying.until = Math.min(dying.until, this.#clock.now() + LAST_MINUTES);
    return this.#give(this.#legacy, appid, appid);
  }

  /** Returns the same token until it expires. */
  work(agent: Owner): Issued {
    const current = this.#work.get(agent);
    if (current !== undefined && current.expiresAt > this.#clock.now()) return current;
    return this.#give(this.#work, agent, agent);
  }

  /** Returns the same ticket until it expires. */
  ticket(name: string): Issued {
    const current = this.#tickets.get(name);
    if (current !== undefined && current.expiresAt > this.#clock.now()) return current;
    const issued = this.#new("ticket");
    this.#tickets.set(name, issued);
    return issued;
  }

  /**
   * Returns the owner of a token, or the errcode of one that is invalid (40001) or expired (42001).
   */
  ownerOf(token: string): Owner | number {
    const alive = this.#alive.get(token);
    if (alive === undefined) return 40001;
    return alive.until > this.#clock.now() ? alive.owner : 42001;
  }

  /**
   * Makes every token and ticket of an owner invalid, as a second consumer or a reset secret does.
   */
  revoke(owner: Owner): void {
    for (const [token, alive] of this.#alive) if (alive.owner === owner) this.#alive.delete(token);
    for (const tokens of [this.#stable, this.#legacy, this.#work]) tokens.delete(owner);
  }

  /** Shortens the rest of every token of an owner to this. */
  hasten(owner: Owner, seconds: number): void {
    const until = this.#clock.now() + seconds * SECOND;
    for (const alive of this.#alive.values()) if (alive.owner === owner) alive.until = until;
    for (const tokens of [this.#stable, this.#legacy, this.#work]) {
      const token = tokens.get(owner);
      if (token !== undefined) token.expiresAt = until;
    }
  }

  /** Returns the whole seconds that are left of a token or ticket. */
  secondsLeft({ expiresAt }: Issued): number {
    return Math.floor((expiresAt - this.#clock.now()) / SECOND);
  }

  #giveStable(appid: Owner, forcedAt: Milliseconds | null): StableToken {
    const token = { ...this.#new("stable"), forcedAt };
    this.#stable.set(appid, token);
    this.#alive.set(token.value, { owner: appid, until: token.expiresAt });
    return token;
  }

  #give(tokens: Map<Owner, Issued>, key: Owner, owner: Owner): Issued {
    const issued = this.#new("token");
    tokens.set(key, issued);
    this.#alive.set(issued.value, { owner, until: issued.expiresAt });
    return issued;
  }

  #new(prefix: string): Issued {
    return { value: `${prefix}_${this.#random.hex(60)}`, expiresAt: this.#clock.now() + LIFETIME };
  }
}
