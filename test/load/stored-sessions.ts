import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { loadConfig } from "../../src/config/load.ts";
import { storeTarget } from "../../src/config/store-target.ts";
import { DEFAULT_SETTINGS } from "../../src/core/apps/app.ts";
import type { StoredSession } from "../../src/core/sessions/session.ts";
import { type PutOutcome } from "../../src/core/sessions/session-table.ts";
import { type Store } from "../../src/core/store.ts";
import { StoreError } from "../../src/core/store-error.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { openStore } from "../../src/store/open.ts";

/** The app of all stored sessions. Neither means anything to WeChat. */
export const APP = { appid: "wx0123456789abcdef", secret: "the-secret-of-the-measured-app" };

const BATCH = 2000;
/** How often a batch is tried: filling is more than a server's disk may keep up with. */
const ATTEMPTS = 20;
/** Enough to reach every part of the tree, few enough to lie in the load generator's memory. */
const MOST_LINES = 100_000;
const DAY = 86_400_000;
/** Longer ago than any session lasts, and is remembered after that. */
const LONG_AGO = 100 * DAY;

/** Where sessions lie. */
export interface StorePlace {
  /** What `store` says; empty for the embedded one. */
  address: string;
  dataDir: string;
}

export interface Filling extends StorePlace {
  sessions: number;
  /** Where the proofs of sessions spread over all go, one "id skey" a line. */
  proofs: string;
  /** Where the openids of as many other sessions' users go, one a line: logging these in lapses none of the proofs. */
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

/** Registers an app in an empty store and puts so many sessions there, each of a user of its own. */
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
  // A visit in time to come is not due while the measurement lasts, however long the filling takes.
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
    else if (number % stride === 1 && openidFile !== null) writeSync(openidFile, `${session.openid}\n`);
    number += 1;
    return session;
  });
  closeSync(proofFile);
  if (openidFile !== null) closeSync(openidFile);
  await store.close();
}

/** Puts so many sessions into a store beside those that are there, all of which the sweeper may forget. */
export async function addExpired(place: StorePlace, sessions: number): Promise<void> {
  const store = await openPlace(place);
  const at = Date.now() - LONG_AGO;
  const clocks = { loginAt: at, lastVisitAt: at, expiresAt: Date.now() - DAY };
  await putSessions(store, sessions, () => sessionOf("nobody knows it", clocks));
  await store.close();
}

async function putSessions(store: Store, sessions: number, make: () => StoredSession): Promise<void> {
  for (let from = 0; from < sessions; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, sessions - from) }, make);
    const outcomes = await putPatiently(store, batch);
    if (outcomes.includes("taken")) throw new Error("not every session came in");
  }
}

/** A batch of which a part came in can be put again. */
async function putPatiently(store: Store, batch: readonly StoredSession[]): Promise<PutOutcome[]> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await store.sessions.put(batch);
    } catch (error) {
      if (!(error instanceof StoreError) || attempt === ATTEMPTS) throw error;
      await Bun.sleep(500);
    }
}

/** A session with a profile as long as WeChat's are. */
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
