import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { loadConfig } from "../../src/config/load.ts";
import { storeTarget } from "../../src/config/store-target.ts";
import { DEFAULT_SETTINGS } from "../../src/core/apps/app.ts";
import type { StoredSession } from "../../src/core/sessions/session.ts";
import type { PutOutcome } from "../../src/core/sessions/session-table.ts";
import type { Store } from "../../src/core/store.ts";
import { StoreError } from "../../src/core/store-error.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { openStore } from "../../src/store/open.ts";

/** The app of all stored sessions, which WeChat does not know. */
export const APP = { appid: "wx0123456789abcdef", secret: "the-secret-of-the-measured-app" };

const BATCH = 2000;
/** Number of attempts for a batch: filling may exceed the speed of a server's disk. */
const ATTEMPTS = 20;
/**
 * The most sessions of a role: enough to reach every part of the tree, few enough for the memory of
 * the load generator.
 */
const MOST_OF_A_ROLE = 100_000;
const DAY = 86_400_000;
const SECOND = 1000;
/** Longer ago than the longest session, plus the time for which an expired one is kept. */
const LONG_AGO = 100 * DAY;

/**
 * Uses of a store's sessions, each spread evenly over all of them: `check` for requests with a
 * proof, `login` for logins that replace the session, `due` for checks whose visit is due.
 */
const ROLES = ["check", "login", "due"] as const;
export type Role = (typeof ROLES)[number];

/** Number of the first expired session, above those of all others. */
const EXPIRED_FROM = 15_000_000;

/** The place of stored sessions. */
export interface StorePlace {
  /** Value of the option `store`; empty for the embedded store. */
  address: string;
  dataDir: string;
  /** Folder of the source that opens it; by default this one. See `stored-sessions-command.ts`. */
  source?: string;
}

/** A call of a function below, for another source. */
export type StoreCall =
  | { name: "fillStore"; filling: Filling }
  | { name: "makeDue"; place: StorePlace; numbers: readonly number[]; times: number }
  | { name: "rememberUsers"; place: StorePlace; codes: readonly string[] };

export interface Filling extends StorePlace {
  sessions: number;
  /** Whether the sessions are stored in the order of their ids and openids; else at random. */
  sorted?: boolean;
  /** Seconds after which filling fails. */
  atMostSeconds?: number;
}

/** Opens a store as the executable does. */
export function openPlace({ address, dataDir }: StorePlace): Promise<Store> {
  const { config } = loadConfig({ flags: { store: address }, environment: {}, file: null });
  return openStore(storeTarget(config), {
    dataDir,
    masterKey: null,
    sandbox: false,
    defaultAppid: null,
  });
}

/**
 * Registers an app in an empty store and stores so many sessions, each of another user. No visit of
 * them is due.
 *
 * @throws Error when time runs out
 */
export async function fillStore(filling: Filling): Promise<void> {
  const { source, ...here } = filling;
  if (source !== undefined) return await callSource(source, { name: "fillStore", filling: here });
  const { sessions, sorted = false, atMostSeconds = Number.POSITIVE_INFINITY } = filling;
  const store = await openPlace(filling);
  const now = Date.now();
  await store.apps.create({
    ...DEFAULT_SETTINGS,
    appid: APP.appid,
    appSecret: APP.secret,
    createdAt: now,
    updatedAt: now,
  });
  const clocks = clocksOf("fresh", 0, now);
  const numbers = sorted ? sortedById(sessions) : shuffled(sessions);
  const stored = await putSessions(store, numbers, clocks, now + atMostSeconds * SECOND);
  await store.close();
  if (stored < sessions)
    throw new Error(`${stored} of ${sessions} sessions were stored in ${atMostSeconds} s`);
}

/** Adds so many expired sessions, which the sweeper may delete, to a store. */
export async function addExpired(place: StorePlace, sessions: number): Promise<void> {
  const store = await openPlace(place);
  const at = Date.now() - LONG_AGO;
  const clocks = { loginAt: at, lastVisitAt: at, expiresAt: Date.now() - DAY };
  await putSessions(store, upTo(sessions, EXPIRED_FROM), clocks);
  await store.close();
}

/**
 * Stores sessions again so that the next check of each writes a visit, also after earlier calls.
 *
 * @param times number of earlier calls for these sessions
 */
export async function makeDue(
  place: StorePlace,
  numbers: readonly number[],
  times: number,
): Promise<void> {
  const { source, ...here } = place;
  if (source !== undefined)
    return await callSource(source, { name: "makeDue", place: here, numbers, times });
  const store = await openPlace(place);
  await putSessions(store, numbers, clocksOf("due", times + 1, Date.now()));
  await store.close();
}

/** Stores the users whom weapp's protocol remembers under these codes. */
export async function rememberUsers(place: StorePlace, codes: readonly string[]): Promise<void> {
  const { source, ...here } = place;
  if (source !== undefined)
    return await callSource(source, { name: "rememberUsers", place: here, codes });
  const store = await openPlace(place);
  const expiresAt = Date.now() + 7000 * SECOND;
  for (const [number, code] of codes.entries()) {
    const { appid, openid, unionid, userInfo } = sessionOf(number, clocksOf("fresh", 0, expiresAt));
    await store.weappUsers.remember({ appid, code, openid, unionid, userInfo, expiresAt });
  }
  await store.close();
}

/** @throws Error with the output of the call when it fails */
async function callSource(source: string, call: StoreCall): Promise<void> {
  const file = join(source, "test/load/stored-sessions-command.ts");
  const run = Bun.spawn([process.execPath, file], {
    cwd: source,
    stdin: new Blob([JSON.stringify(call)]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [exit, errors] = await Promise.all([run.exited, new Response(run.stderr).text()]);
  if (exit !== 0) throw new Error(`${call.name} failed in ${source}:\n${errors}`);
}

/** Returns the numbers of the sessions of a role in a store of so many. */
export function numbersOf(role: Role, sessions: number): number[] {
  const stride = Math.max(ROLES.length, Math.ceil(sessions / MOST_OF_A_ROLE));
  const numbers: number[] = [];
  for (let number = ROLES.indexOf(role); number < sessions; number += stride) numbers.push(number);
  return numbers;
}

/**
 * Returns id and skey of a session by its number, below 2^24. requests.lua has the same formula.
 * Successive numbers have distant ids.
 */
export const proofOf = (number: number): { id: string; skey: string } => ({
  id: [ID_FACTOR, 0x05ebca6b, 0x02b2ae35, 0x07d4eb2f]
    .map((factor) => word(number, factor))
    .join(""),
  skey: number.toString(16).padStart(64, "0"),
});

/** Returns the openid of a session's user by the session's number, in the order of the ids. */
export const openidOf = (number: number): string =>
  `o${word(number, ID_FACTOR)}${sha256(`openid ${number}`).toString("base64url").slice(0, 19)}`;

/** Odd, so that each number has other first digits. */
const ID_FACTOR = 0x1e3779b1;

const word = (number: number, factor: number): string =>
  (Math.imul(number, factor) >>> 0).toString(16).padStart(8, "0");

/** Returns the clocks of a session; those of a later turn are of a later login. */
function clocksOf(
  state: "fresh" | "due",
  turn: number,
  now: number,
): Pick<StoredSession, "loginAt" | "lastVisitAt" | "expiresAt"> {
  const loginAt = now - 2 * DAY + turn * SECOND;
  return {
    loginAt,
    // With a visit in the future, no check writes one during the measurement.
    lastVisitAt: state === "due" ? now - DAY : now + DAY / 24,
    expiresAt: loginAt + 40 * DAY,
  };
}

function* upTo(count: number, from = 0): Generator<number> {
  for (let number = from; number < from + count; number += 1) yield number;
}

/**
 * Returns the numbers of sessions at random. Their ids in the order of the numbers are too evenly
 * spread: all pages of a tree would be split at the same time, and be as full as each other.
 */
function shuffled(count: number): Uint32Array {
  const numbers = Uint32Array.from(upTo(count));
  for (let left = count; left > 1; left -= 1) {
    const drawn = Math.floor(Math.random() * left);
    const last = numbers[left - 1] as number;
    numbers[left - 1] = numbers[drawn] as number;
    numbers[drawn] = last;
  }
  return numbers;
}

/** Returns the numbers of sessions in the order of their ids. */
function* sortedById(count: number): Generator<number> {
  const firstDigits = new Uint32Array(count);
  for (const number of upTo(count)) firstDigits[number] = Math.imul(number, ID_FACTOR);
  firstDigits.sort();
  const inverse = inverseOf(ID_FACTOR);
  for (const digits of firstDigits) yield Math.imul(digits, inverse) >>> 0;
}

/** Returns the factor that undoes a multiplication by an odd one, modulo 2^32. */
function inverseOf(factor: number): number {
  let inverse = factor;
  // Each step doubles the number of correct bits, of which there are three.
  for (let bits = 3; bits < 32; bits *= 2)
    inverse = Math.imul(inverse, 2 - Math.imul(factor, inverse));
  return inverse;
}

/** @returns how many were stored until the time */
async function putSessions(
  store: Store,
  numbers: Iterable<number>,
  clocks: Pick<StoredSession, "loginAt" | "lastVisitAt" | "expiresAt">,
  until = Number.POSITIVE_INFINITY,
): Promise<number> {
  let stored = 0;
  let batch: StoredSession[] = [];
  const put = async (): Promise<void> => {
    const outcomes = await putPatiently(store, batch);
    if (outcomes.includes("taken")) throw new Error("not every session was stored");
    stored += batch.length;
    batch = [];
  };
  for (const number of numbers) {
    batch.push(sessionOf(number, clocks));
    if (batch.length < BATCH) continue;
    await put();
    if (Date.now() > until) return stored;
  }
  if (batch.length > 0) await put();
  return stored;
}

/** Stores a batch with retries: a batch of which a part is stored can be repeated. */
async function putPatiently(store: Store, batch: readonly StoredSession[]): Promise<PutOutcome[]> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await store.sessions.put(batch);
    } catch (error) {
      if (!(error instanceof StoreError) || attempt === ATTEMPTS) throw error;
      await Bun.sleep(500);
    }
}

/** Makes a session with a profile as long as those of WeChat. */
function sessionOf(
  number: number,
  clocks: Pick<StoredSession, "loginAt" | "lastVisitAt" | "expiresAt">,
): StoredSession {
  const { id, skey } = proofOf(number);
  const openid = openidOf(number);
  const unionid = `o${randomBytes(21).toString("base64url").slice(0, 27)}`;
  return {
    id,
    appid: APP.appid,
    openid,
    unionid,
    skey: null,
    skeyHash: sha256(skey),
    sessionKey: randomBytes(16).toString("base64"),
    userInfo: {
      openId: openid,
      unionId: unionid,
      nickName: "小程序用户",
      gender: 1,
      language: "zh_CN",
      city: "Shenzhen",
      province: "Guangdong",
      country: "China",
      avatarUrl: `https://thirdwx.qlogo.cn/mmopen/vi_32/${randomBytes(48).toString("base64url")}/132`,
    },
    ...clocks,
  };
}
