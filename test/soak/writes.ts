import { APP, type Production } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import type { Waferd } from "../harness/waferd.ts";
import type { Seeded } from "./seeded.ts";

/** Concurrent clients of each kind. */
const LOGGING_IN = 4;
const CHECKS_AT_ONCE = 32;
/** Service keys that exist at a time. */
const KEYS = 3;

/** A change that a client asked for, and the id of the answer that acknowledged it. */
interface Write {
  /** Null while no answer came: then it may have been made or not. */
  requestId: string | null;
}

interface User extends Write {
  openid: string;
  session: { id: string; skey: string } | null;
  revocation: Write | null;
}

interface ServiceKey extends Write {
  key: string | null;
  id: string | null;
  removal: Write | null;
}

interface Title extends Write {
  number: number;
}

/** Tells whether a write was acknowledged at the moment that is looked at. */
export type IsAcknowledged = (write: Write) => boolean;

/** Stands for the answer of a write that a later server has, and need not be looked for. */
export const EARLIER = "earlier";

const wasAnswered: IsAcknowledged = ({ requestId }) => requestId !== null;

export interface LostWrites {
  checked: number;
  /** Descriptions of writes that the server does not have, or has otherwise. */
  missing: string[];
}

/**
 * Writes of all kinds to a server: logins by two protocols, revocations, changes of an app, service
 * keys. Remembers which were acknowledged, and tells whether a later server on the data has them.
 * Each login is a user's first, so that an unanswered one cannot replace an acknowledged session.
 */
export class Writes {
  readonly #production;
  readonly #random;
  readonly #users: User[] = [];
  readonly #keys: ServiceKey[] = [];
  readonly #titles: Title[] = [];
  #acknowledged = 0;

  constructor(production: Production, random: Seeded) {
    this.#production = production;
    this.#random = random;
  }

  /** The number of writes that were answered. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Sends writes to a server until the load is ended. */
  to(server: Waferd): Load {
    let isOn = true;
    const during = async (write: () => Promise<void>): Promise<void> => {
      while (isOn) await write();
    };
    const clients = [
      ...Array.from({ length: LOGGING_IN }, () => during(() => this.#logIn(server))),
      during(() => this.#revoke(server)),
      during(() => this.#rename(server)),
      during(() => this.#changeKeys(server)),
    ];
    return {
      expectSilence: () => {
        isOn = false;
      },
      async ended() {
        isOn = false;
        await Promise.all(clients);
      },
    };
  }

  /** Tells whether any write was acknowledged. */
  some(isAcknowledged: IsAcknowledged): boolean {
    return this.#all().some(isAcknowledged);
  }

  /** Goes on with data that has the acknowledged writes, and of the others any. */
  settle(isAcknowledged: IsAcknowledged): void {
    for (const write of this.#all()) write.requestId = isAcknowledged(write) ? EARLIER : null;
  }

  /**
   * Checks that a server has the acknowledged writes, and of the others nothing half.
   *
   * @param sample how many of the sessions to check, from the latest on: the rest at random
   */
  async lost(
    server: Waferd,
    sample = Number.POSITIVE_INFINITY,
    isAcknowledged = wasAnswered,
  ): Promise<LostWrites> {
    const missing: string[] = [];
    let checked = 0;
    const users = this.#users.filter(isAcknowledged);
    const chosen =
      users.length <= sample
        ? users
        : [...users.slice(-sample / 2), ...this.#sample(users, sample / 2)];
    for (let from = 0; from < chosen.length; from += CHECKS_AT_ONCE) {
      const some = chosen.slice(from, from + CHECKS_AT_ONCE);
      const problems = await Promise.all(
        some.map((user) => this.#problemOf(server, user, isAcknowledged)),
      );
      missing.push(...problems.filter((problem) => problem !== null));
      checked += some.length;
    }
    for (const key of this.#keys.slice(-2 * KEYS).filter(isAcknowledged)) {
      const { status } = await this.#rest(server, "GET", `/apps/${APP.appid}/sessions?limit=1`, {
        key: key.key ?? "",
      });
      const isRemoved = key.removal !== null && isAcknowledged(key.removal);
      if (key.removal === null ? status !== 200 : isRemoved && status === 200)
        missing.push(`service key ${key.id}, ${isRemoved ? "removed" : "made"}: ${status}`);
      checked += 1;
    }
    const { status, body } = await this.#rest(server, "GET", `/apps/${APP.appid}`);
    const number = Number(/^title (\d+)$/.exec(body?.title ?? "title 0")?.[1] ?? 0);
    const made = this.#titles.filter(isAcknowledged).at(-1)?.number ?? 0;
    const asked = this.#titles.at(-1)?.number ?? 0;
    if (status !== 200 || number < made || number > asked)
      missing.push(`the app is ${status} title ${number}, not title ${made} to ${asked}`);
    return { checked: checked + 1, missing };
  }

  /** Lists all sessions of the app, and returns what is wrong with them. */
  async strangers(server: Waferd): Promise<string[]> {
    const known = new Set(this.#users.map(({ openid }) => openid));
    const wrong: string[] = [];
    let cursor = "";
    do {
      const page = `/apps/${APP.appid}/sessions?limit=200${cursor}`;
      const { status, body } = await this.#rest(server, "GET", page);
      if (status !== 200) return [`the list of sessions is ${status}`];
      for (const { id, openid, userInfo } of body.items)
        if (!known.has(openid) || userInfo?.openId !== openid)
          wrong.push(`a session ${id} of ${openid}: ${JSON.stringify(userInfo)}`);
      cursor = body.next === null ? "" : `&cursor=${encodeURIComponent(body.next)}`;
    } while (cursor !== "");
    return wrong;
  }

  async #logIn(server: Waferd): Promise<void> {
    const { sandbox, user: userOf } = this.#production;
    const { openid, ...rest } = userOf(`user-${this.#users.length}`);
    const user: User = { openid, session: null, requestId: null, revocation: null };
    this.#users.push(user);
    const code = sandbox.world.giveCode(userOf(rest.name));
    if (this.#random.chance(0.5)) {
      const answer = await this.#rest(server, "POST", "/sessions", { body: { code } });
      if (answer.requestId === null) return;
      if (answer.status !== 201) throw new Error(`a login was refused: ${answer.status}`);
      user.session = { id: answer.body.id, skey: answer.body.skey };
      this.#acknowledge(user, answer.requestId);
    } else {
      const { requestId, body } = await this.#send(`${server.url}/`, {
        method: "POST",
        body: JSON.stringify({
          interface: { interfaceName: "qcloud.cam.id_skey", para: { code } },
        }),
      });
      if (requestId === null) return;
      if (body.returnCode !== 0) throw new Error(`a login was refused: ${body.returnMessage}`);
      user.session = { id: body.returnData.id, skey: body.returnData.skey };
      this.#acknowledge(user, requestId);
    }
    noteSecret(code, user.session.skey);
  }

  async #revoke(server: Waferd): Promise<void> {
    await Bun.sleep(this.#random.fraction() * 50);
    const user = this.#users.findLast(
      ({ requestId, revocation }) => requestId !== null && revocation === null,
    );
    if (user?.session == null) return;
    user.revocation = { requestId: null };
    const path = `/apps/${APP.appid}/sessions/${user.session.id}`;
    const { requestId, status } = await this.#rest(server, "DELETE", path);
    if (requestId === null) return;
    if (status !== 204) throw new Error(`a revocation was refused: ${status}`);
    this.#acknowledge(user.revocation, requestId);
  }

  async #rename(server: Waferd): Promise<void> {
    const title: Title = { number: (this.#titles.at(-1)?.number ?? 0) + 1, requestId: null };
    this.#titles.push(title);
    const { requestId, status } = await this.#rest(server, "PATCH", `/apps/${APP.appid}`, {
      body: { title: `title ${title.number}` },
      headers: { "If-Match": "*" },
    });
    if (requestId !== null) {
      if (status !== 200) throw new Error(`a change was refused: ${status}`);
      this.#acknowledge(title, requestId);
    }
    await Bun.sleep(this.#random.fraction() * 50);
  }

  async #changeKeys(server: Waferd): Promise<void> {
    const living = this.#keys.filter(
      ({ requestId, removal }) => requestId !== null && removal === null,
    );
    const [oldest] = living;
    if (living.length >= KEYS && oldest !== undefined) {
      oldest.removal = { requestId: null };
      const path = `/service-keys/${oldest.id}`;
      const { requestId, status } = await this.#rest(server, "DELETE", path);
      if (requestId === null) return;
      if (status !== 204) throw new Error(`a removal was refused: ${status}`);
      this.#acknowledge(oldest.removal, requestId);
    } else {
      const key: ServiceKey = { key: null, id: null, removal: null, requestId: null };
      this.#keys.push(key);
      const { requestId, status, body } = await this.#rest(server, "POST", "/service-keys", {
        body: { title: "soak", apps: [APP.appid], capabilities: ["session.read"] },
      });
      if (requestId === null) return;
      if (status !== 201) throw new Error(`a key was refused: ${status}`);
      noteSecret(body.key);
      Object.assign(key, { key: body.key, id: body.id });
      this.#acknowledge(key, requestId);
    }
    await Bun.sleep(this.#random.fraction() * 100);
  }

  #all(): Write[] {
    return [
      ...this.#users.flatMap((user) => [user, user.revocation]),
      ...this.#keys.flatMap((key) => [key, key.removal]),
      ...this.#titles,
    ].filter((write) => write !== null);
  }

  #acknowledge(write: Write, requestId: string): void {
    write.requestId = requestId;
    this.#acknowledged += 1;
  }

  #sample<T>(values: readonly T[], count: number): T[] {
    return Array.from({ length: count }, () => this.#random.pick(values));
  }

  async #problemOf(
    server: Waferd,
    { openid, session, revocation }: User,
    isAcknowledged: IsAcknowledged,
  ): Promise<string | null> {
    const answer = await server.call("qcloud.cam.auth", { ...session });
    const isRevoked = revocation !== null && isAcknowledged(revocation);
    const found = answer.returnCode === 0 && answer.returnData.openid === openid;
    const isGone = answer.returnCode === 60012;
    if (revocation === null ? found : isRevoked ? isGone : found || isGone) return null;
    return `session ${session?.id}, ${isRevoked ? "revoked" : "made"}: ${answer.returnCode} ${answer.returnMessage}`;
  }

  #rest(
    { url }: Waferd,
    method: string,
    path: string,
    {
      body,
      key = this.#production.adminKey,
      headers = {},
    }: { body?: unknown; key?: string; headers?: Record<string, string> } = {},
  ) {
    return this.#send(`${url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Sends a request on a connection of its own, for connections are spread over the workers. */
  async #send(url: string, request: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(url, { ...request, keepalive: false });
      const text = await response.text();
      return {
        status: response.status,
        requestId: response.headers.get("x-request-id"),
        body: text === "" ? null : JSON.parse(text),
      };
    } catch {
      return { status: 0, requestId: null, body: null };
    }
  }
}

interface Answer {
  status: number;
  /** Null when the server went away before the answer. */
  requestId: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any route
  body: any;
}

export interface Load {
  /** Sends no further requests. */
  expectSilence(): void;
  /**
   * Waits for the requests in hand.
   *
   * @throws Error when a write was refused
   */
  ended(): Promise<void>;
}
