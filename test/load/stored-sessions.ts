import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
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
 * Enough lines to reach every part of the tree, few enough for the memory of the load generator.
 */
const MOST_LINES = 100_000;
const DAY = 86_400_000;
/** Longer ago than the longest session, plus the time for which an expired one is kept. */
const LONG_AGO = 100 * DAY;

/** The place of stored sessions. */
export interface StorePlace {
  /** Value of the option `store`; empty for the embedded store. */
  address: string;
  dataDir: string;
}

export interface Filling extends StorePlace {
  sessions: number;
  /**
   * Path of the file for ids and skeys of sessions spread evenly over all, one "id skey" a line.
   */
  proofs: string;
  /**
   * Path of the file for openids of other sessions, one a line. Their logins end none of the
   * sessions in `proofs`.
   */
  openids?: string;
  /** Whether the next check of each session writes a visit. */
  due?: boolean;
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

/** Registers an app in an empty store and stores so many sessions, each of another user. */
export async function fillStore(filling: Filling): Promise<void> {
  const { sessions, proofs, openids, due = false } = filling;
  const store = await openPlace(filling);
  const now = Date.now();
  await store.apps.create({
    ...DEFAULT_SETTINGS,
    appid: APP.appid,
    appSecret: APP.secret,
    createdAt: now,
    updatedAt: now,
  });
  // With a visit in the future, no check writes one during the measurement.
  const lastVisitAt = due ? now - DAY : now + DAY / 24;
  const loginAt = now - 2 * DAY;
  const stride = Math.max(openids === undefined ? 1 : 2, Math.ceil(sessions / MOST_LINES));
  const proofFile = openSync(proofs, "w", 0o600);
  const openidFile = openids === undefined ? null : openSync(openids, "w", 0o600);
  let number = 0;
  await putSessions(store, sessions, () => {
    const skey = randomBytes(32).toString("hex");
    const session = sessionOf(skey, { loginAt, lastVisitAt, expiresAt: loginAt + 40 * DAY });
    if (number % stride === 0) writeSync(proofFile, `${session.id} ${skey}\n`);
    else if (number % stride === 1 && openidFile !== null)
      writeSync(openidFile, `${session.openid}\n`);
    number += 1;
    return session;
  });
  closeSync(proofFile);
  if (openidFile !== null) closeSync(openidFile);
  await store.close();
}

/** Adds so many expired sessions, which the sweeper may delete, to a store. */
export async function addExpired(place: StorePlace, sessions: number): Promise<void> {
  const store = await openPlace(place);
  const at = Date.now() - LONG_AGO;
  const clocks = { loginAt: at, lastVisitAt: at, expiresAt: Date.now() - DAY };
  await putSessions(store, sessions, () => sessionOf("unused", clocks));
  await store.close();
}

async function putSessions(
  store: Store,
  sessions: number,
  make: () => StoredSession,
): Promise<void> {
  for (let from = 0; from < sessions; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, sessions - from) }, make);
    const outcomes = await putPatiently(store, batch);
    if (outcomes.includes("taken")) throw new Error("not every session was stored");
  }
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
  skey: string,
  clocks: Pick<StoredSession, "loginAt" | "lastVisitAt" | "expiresAt">,
): StoredSession {
  const openid = `o${randomBytes(21).toString("base64url").slice(0, 27)}`;
  const unionid = `o${randomBytes(21).toString("base64url").slice(0, 27)}`;
  return {
    id: randomBytes(16).toString("hex"),
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
