import type { Clock, Milliseconds, Random } from "../core/ports.ts";

const SECOND: Milliseconds = 1000;
const MINUTE = 60 * SECOND;
const LIFETIME = 7200 * SECOND;
/** In the last minutes of a stable token's life a normal call gets a new one; a killed legacy token lives as long. */
const LAST_MINUTES = 5 * MINUTE;
const FORCED_APART = 30 * SECOND;
const FORCED_A_DAY = 20;
const DAY = 24 * 60 * MINUTE;

/** A token or ticket that the simulated WeChat gave out. */
export interface Issued {
  value: string;
  expiresAt: Milliseconds;
}

interface StableToken extends Issued {
  forcedAt: Milliseconds | null;
}

/** Whose a token is: an appid, or `corpid:agentid`. */
type Owner = string;

/** The tokens and tickets of the simulated WeChat and WeCom, with their rules (PROTOCOL sections 4.2 to 4.6). */
export class HostedCredentials {
  readonly #clock;
  readonly #random;
  readonly #stable = new Map<Owner, StableToken>();
  readonly #legacy = new Map<Owner, Issued>();
  readonly #work = new Map<Owner, Issued>();
  readonly #tickets = new Map<string, Issued>();
  /** Every token that was given out, while it may be used. */
  readonly #alive = new Map<string, { owner: Owner; until: Milliseconds }>();
  readonly #forced = new Map<Owner, { day: number; count: number }>();

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The token, or the errcode of a force that came too soon or too often. */
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

  /** A new token at every call; the one before lives for five more minutes. */
  legacy(appid: Owner): Issued {
    const before = this.#legacy.get(appid);
    const dying = before && this.#alive.get(before.value);
    if (dying) dying.until = Math.min(dying.until, this.#clock.now() + LAST_MINUTES);
    return this.#give(this.#legacy, appid, appid);
  }

  /** The same token until it expires. */
  work(agent: Owner): Issued {
    const current = this.#work.get(agent);
    if (current !== undefined && current.expiresAt > this.#clock.now()) return current;
    return this.#give(this.#work, agent, agent);
  }

  /** The same ticket until it expires. */
  ticket(name: string): Issued {
    const current = this.#tickets.get(name);
    if (current !== undefined && current.expiresAt > this.#clock.now()) return current;
    const issued = this.#new("ticket");
    this.#tickets.set(name, issued);
    return issued;
  }

  /** Whose a token is, or the errcode of one that is dead (40001) or has run out (42001). */
  ownerOf(token: string): Owner | number {
    const alive = this.#alive.get(token);
    if (alive === undefined) return 40001;
    return alive.until > this.#clock.now() ? alive.owner : 42001;
  }

  /** Kills every token and ticket of an owner's, as a second consumer or a reset secret does. */
  revoke(owner: Owner): void {
    for (const [token, alive] of this.#alive) if (alive.owner === owner) this.#alive.delete(token);
    for (const tokens of [this.#stable, this.#legacy, this.#work]) tokens.delete(owner);
  }

  /** Leaves every token of an owner's only so long to live. */
  hasten(owner: Owner, seconds: number): void {
    const until = this.#clock.now() + seconds * SECOND;
    for (const alive of this.#alive.values()) if (alive.owner === owner) alive.until = until;
    for (const tokens of [this.#stable, this.#legacy, this.#work]) {
      const token = tokens.get(owner);
      if (token !== undefined) token.expiresAt = until;
    }
  }

  /** Whole seconds that are left of something. */
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
