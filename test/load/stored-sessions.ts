import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { DEFAULT_SETTINGS } from "../../src/core/app.ts";
import type { StoredSession } from "../../src/core/session.ts";
import { sha256 } from "../../src/crypto/digest.ts";
import { openStore } from "../../src/store/open.ts";

const APPID = "wx0123456789abcdef";
const BATCH = 2000;
/** Enough to reach every part of the tree, few enough to lie in the load generator's memory. */
const MOST_PROOFS = 100_000;
const DAY = 86_400_000;

export interface Filling {
  dataDir: string;
  sessions: number;
  /** Where the proofs of sessions spread over all go, one "id skey" a line. */
  proofs: string;
  /** Whether the next check of each session writes a visit. */
  due?: boolean;
}

/** Registers an app in an empty data folder and puts so many sessions there, each of a user of its own. */
export async function fillStore({ dataDir, sessions, proofs, due = false }: Filling): Promise<void> {
  const store = await openStore({
    driver: "lmdb",
    dataDir,
    masterKey: null,
    sandbox: false,
    defaultAppid: null,
  });
  const now = Date.now();
  await store.apps.create({
    ...DEFAULT_SETTINGS,
    appid: APPID,
    appSecret: randomBytes(16).toString("hex"),
    createdAt: now,
    updatedAt: now,
  });
  // A visit in time to come is not due while the measurement lasts, however long the filling takes.
  const lastVisitAt = due ? now - DAY : now + DAY / 24;
  const stride = Math.ceil(sessions / MOST_PROOFS);
  const file = openSync(proofs, "w", 0o600);
  for (let from = 0; from < sessions; from += BATCH) {
    const batch: StoredSession[] = [];
    let lines = "";
    for (let number = from; number < Math.min(sessions, from + BATCH); number += 1) {
      const id = randomBytes(16).toString("hex");
      const skey = randomBytes(32).toString("hex");
      if (number % stride === 0) lines += `${id} ${skey}\n`;
      batch.push(sessionOf(id, skey, { loginAt: now - 2 * DAY, lastVisitAt }));
    }
    await store.sessions.put(batch);
    writeSync(file, lines);
  }
  closeSync(file);
  await store.close();
}

/** A session with a profile as long as WeChat's are. */
function sessionOf(
  id: string,
  skey: string,
  clocks: { loginAt: number; lastVisitAt: number },
): StoredSession {
  const openid = `o${randomBytes(21).toString("base64url").slice(0, 27)}`;
  const unionid = `o${randomBytes(21).toString("base64url").slice(0, 27)}`;
  return {
    id,
    appid: APPID,
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
    expiresAt: clocks.loginAt + 40 * DAY,
  };
}
