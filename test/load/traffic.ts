import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { type HttpRequest, writeRequests } from "./http-request.ts";
import {
  APP,
  makeDue,
  numbersOf,
  openidOf,
  proofOf,
  rememberUsers,
  type StorePlace,
} from "./stored-sessions.ts";
import type { Traffic } from "./wrk.ts";

/** A store whose sessions are asked about. */
export interface AskedStore {
  place: StorePlace;
  sessions: number;
  /** Folder for files of requests. */
  folder: string;
}

const WEAPP_USERS = 1000;
/** The parts of the mixed load that are logins, and checks whose visit is due. */
const LOGINS_OF_MIX = 0.01;
const DUE_OF_MIX = 0.09;

/** A part of every correct answer of the envelope. */
const ENVELOPE_OK = '"returnCode":0,';

const envelope = (
  interfaceName: string,
  para: Record<string, string>,
  headers: Record<string, string> = {},
): HttpRequest => ({
  ...{ method: "POST", path: "/", headers },
  body: JSON.stringify({ version: 1, componentName: "MA", interface: { interfaceName, para } }),
});

const authorization = ({ place }: AskedStore): Record<string, string> => ({
  Authorization: `Bearer ${readFileSync(join(place.dataDir, "admin.key"), "utf8").trim()}`,
});

const envelopeCheck = (number: number): HttpRequest =>
  envelope("qcloud.cam.auth", { ...proofOf(number) });

const loginWith = (code: string): HttpRequest => envelope("qcloud.cam.id_skey", { code });

/** Returns requests with a session each, which are written once for all calls. */
function bySession(
  { folder, sessions }: AskedStore,
  name: string,
  request: (number: number) => HttpRequest,
  answer: Pick<Traffic, "expected" | "status">,
): Traffic {
  const file = join(folder, `${name}.requests`);
  const numbers = numbersOf("check", sessions);
  if (!existsSync(file)) writeRequests(file, numbers.map(request));
  return { requests: file, sample: request(0), ...answer };
}

/** Returns requests that check sessions. */
export const checks = (store: AskedStore): Traffic =>
  bySession(store, "checks", envelopeCheck, { expected: ENVELOPE_OK });

/** Returns checks of sessions that the load generator draws from all of the store. */
export function drawnChecks(store: AskedStore): Traffic {
  const file = join(store.folder, "drawn.requests");
  const proof = { id: "I".repeat(32), skey: "S".repeat(64) };
  writeRequests(file, [envelope("qcloud.cam.auth", proof)]);
  return {
    ...{ requests: file, sample: envelopeCheck(0), expected: ENVELOPE_OK },
    drawnFrom: store.sessions,
  };
}

export const restChecks = (store: AskedStore): Traffic =>
  bySession(
    store,
    "rest-checks",
    (number) => {
      const { id, skey } = proofOf(number);
      return {
        ...{ method: "POST", path: `/api/v1/sessions/${id}/verify` },
        body: JSON.stringify({ skey }),
      };
    },
    { expected: '"userInfo":{' },
  );

export const minaChecks = (store: AskedStore): Traffic =>
  bySession(
    store,
    "mina-checks",
    (number) => {
      const { id, skey } = proofOf(number);
      return { method: "POST", path: "/mina/auth", body: JSON.stringify({ uuid: id, skey }) };
    },
    { expected: '"ok":"success"' },
  );

/** Returns what a proxy asks about its clients' requests. */
export const forwardAuthChecks = (store: AskedStore, path = "/forward-auth"): Traffic =>
  bySession(
    store,
    `forward-auth${path.replaceAll("/", "-")}`,
    (number) => {
      const { id, skey } = proofOf(number);
      return { method: "GET", path, headers: { "X-WX-Id": id, "X-WX-Skey": skey } };
    },
    path === "/forward-auth" ? { expected: "", status: 204 } : { expected: "" },
  );

/** Returns requests of users whom weapp's protocol remembers; stores them at the first call. */
export async function weappRequests({ place, folder }: AskedStore): Promise<Traffic> {
  const file = join(folder, "weapp.requests");
  const codes = Array.from({ length: WEAPP_USERS }, (_, number) => `weapp-code-${number}`);
  const requests = codes.map(
    (code): HttpRequest => ({
      ...{ method: "GET", path: "/weapp-session" },
      headers: { "X-WX-Code": code, "X-WX-Appid": APP.appid },
    }),
  );
  if (!existsSync(file)) {
    await rememberUsers(place, codes);
    writeRequests(file, requests);
  }
  const [sample = envelopeCheck(0)] = requests;
  return { requests: file, sample, expected: '"$wxUserInfo":{' };
}

function repeated(folder: string, name: string, sample: HttpRequest, expected: string): Traffic {
  const requests = join(folder, `${name}.requests`);
  writeRequests(requests, [sample]);
  return { requests, sample, expected };
}

/** Returns requests for the app's access token, which only the first request fetches. */
export const tokens = (store: AskedStore): Traffic =>
  repeated(
    store.folder,
    "tokens",
    envelope("qcloud.mimi.access_token", { appid: APP.appid }, authorization(store)),
    ENVELOPE_OK,
  );

export const restTokens = (store: AskedStore): Traffic =>
  repeated(
    store.folder,
    "rest-tokens",
    {
      ...{ method: "GET", path: `/api/v1/apps/${APP.appid}/credentials/access-token` },
      headers: authorization(store),
    },
    '"value":',
  );

/** Checks of sessions whose visit is due, which each call makes due again. */
export class DueChecks {
  readonly #store;
  readonly #numbers: readonly number[];
  #next = 0;
  #times = 0;

  constructor(store: AskedStore) {
    this.#store = store;
    this.#numbers = numbersOf("due", store.sessions);
  }

  /** Makes so many requests, or one for each session if there are fewer. */
  async make(count: number): Promise<Traffic> {
    const requests = join(this.#store.folder, "due.requests");
    const numbers = await this.take(count);
    writeRequests(requests, numbers.map(envelopeCheck));
    return { requests, sample: envelopeCheck(0), expected: ENVELOPE_OK, once: true };
  }

  /** Makes so many sessions due, or all if there are fewer, and returns their numbers. */
  async take(count: number): Promise<number[]> {
    const length = Math.min(count, this.#numbers.length);
    const numbers = Array.from(
      { length },
      (_, place) => this.#numbers[(this.#next + place) % this.#numbers.length] as number,
    );
    this.#next = (this.#next + length) % this.#numbers.length;
    await makeDue(this.#store.place, numbers, this.#times);
    this.#times += 1;
    return numbers;
  }
}

/** Logins of a store's users in turn, because WeChat allows a user a hundred logins a minute. */
export class Logins {
  readonly #sandbox;
  readonly #store;
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(sandbox: Sandbox, store: AskedStore) {
    this.#sandbox = sandbox;
    this.#store = store;
    this.#numbers = numbersOf("login", store.sessions);
  }

  /** Makes so many logins, each with a new code. */
  make(count: number): Traffic {
    const requests = join(this.#store.folder, "login.requests");
    const all = this.take(count);
    writeRequests(requests, all);
    const [sample = loginWith("")] = this.take(1);
    return { requests, sample, expected: ENVELOPE_OK, once: true };
  }

  take(count: number): HttpRequest[] {
    const { world } = this.#sandbox;
    return Array.from({ length: count }, () => {
      const openid = openidOf(this.#numbers[this.#next % this.#numbers.length] as number);
      this.#next += 1;
      const user = world.user(APP.appid, openid);
      if (user.openid !== openid) world.change(user, { openid });
      return loginWith(world.giveCode(user));
    });
  }
}

/** Checks, checks whose visit is due, and logins, as clients of a real service send them. */
export class MixedRequests {
  readonly #store;
  readonly #logins;
  readonly #due;

  constructor(store: AskedStore, logins: Logins, due: DueChecks) {
    this.#store = store;
    this.#logins = logins;
    this.#due = due;
  }

  /** Makes so many requests, or fewer if there are not enough sessions to make due. */
  async make(count: number): Promise<Traffic> {
    const due = await this.#due.take(Math.ceil(count * DUE_OF_MIX));
    const length = Math.floor(due.length / DUE_OF_MIX);
    const logins = this.#logins.take(Math.ceil(length * LOGINS_OF_MIX));
    const others = numbersOf("check", this.#store.sessions);
    const mixed = Array.from({ length }, (_, place) => {
      const drawn = Math.random();
      const login = drawn < LOGINS_OF_MIX ? logins.pop() : undefined;
      if (login !== undefined) return login;
      const number = drawn < LOGINS_OF_MIX + DUE_OF_MIX ? due.pop() : undefined;
      return envelopeCheck(number ?? (others[place % others.length] as number));
    });
    const requests = join(this.#store.folder, "mixed.requests");
    writeRequests(requests, mixed);
    return { requests, sample: envelopeCheck(0), expected: ENVELOPE_OK, once: true };
  }
}
