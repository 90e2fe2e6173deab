import type { AuditEntry } from "../../src/core/access/audit.ts";
import type { ConsoleSession } from "../../src/core/access/console-session.ts";
import type { ServiceKey } from "../../src/core/access/service-key.ts";
import type { NewApp } from "../../src/core/apps/app.ts";
import type { WorkAgent } from "../../src/core/apps/work-agent.ts";
import type { Credential } from "../../src/core/credentials/credential.ts";
import type { RenewalFailure } from "../../src/core/credentials/renewal-failure.ts";
import type { StoredSession } from "../../src/core/sessions/session.ts";
import type { CheckedSessionRef, SessionIssue } from "../../src/core/sessions/session-table.ts";
import type { WeappUser } from "../../src/core/sessions/weapp-user.ts";
import type { ActivityEntry } from "../../src/core/usage/activity-table.ts";
import { sha256 } from "../../src/crypto/digest.ts";

/** Returns an ordinary app with these members. */
export const sampleApp = (members: Partial<NewApp> = {}): NewApp => ({
  appid: "wx1111111111111111",
  title: "",
  appSecret: "the-secret-of-the-sample-app",
  loginDurationDays: 30,
  sessionDurationSeconds: 2_592_000,
  sessionsPerUser: null,
  tokenEndpoint: "stable",
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_000,
  ...members,
});

/** A time in 2096, ahead also by the clock of a server that expires records itself. */
export const FAR = 4_000_000_000_000;

/** Returns an ordinary login of alice with this number. Its skey is `skey-<number>`. */
export const sampleIssue = (number: number, members: Partial<SessionIssue> = {}): SessionIssue => ({
  id: `session-${number}`,
  appid: "wx1111111111111111",
  openid: "openid-of-alice",
  unionid: null,
  skey: `skey-${number}`,
  sessionKey: `session-key-${number}`,
  profile: null,
  loginAt: 1_700_000_000_000 + number * 1000,
  expiresAt: FAR,
  sessionsPerUser: 1,
  ...members,
});

/** Returns the reference to the session of a sample login. */
export const sampleRef = (
  number: number,
  members: Partial<CheckedSessionRef> = {},
): CheckedSessionRef => ({
  id: `session-${number}`,
  appid: sampleIssue(number).appid,
  skeyHash: sha256(`skey-${number}`),
  ...members,
});

/** Returns a copy of the session of a sample login. */
export const sampleStored = (
  number: number,
  members: Partial<StoredSession> = {},
): StoredSession => {
  const { openid, sessionKey, loginAt, expiresAt } = sampleIssue(number);
  return {
    ...sampleRef(number),
    openid,
    unionid: null,
    sessionKey,
    skey: `skey-${number}`,
    userInfo: { openId: openid },
    loginAt,
    lastVisitAt: loginAt,
    expiresAt,
    ...members,
  };
};

/** Returns an ordinary access token with these members. */
export const sampleCredential = (members: Partial<Credential> = {}): Credential => ({
  key: "app:wx1111111111111111:token",
  value: "the-token-of-the-sample-app",
  fetchedAt: 1_700_000_000_000,
  expiresAt: 1_700_007_200_000,
  lastUsedAt: 1_700_000_000_000,
  forcedAt: null,
  ...members,
});

/** Returns an ordinary failure of a renewal with these members. */
export const sampleRenewalFailure = (members: Partial<RenewalFailure> = {}): RenewalFailure => ({
  key: sampleCredential().key,
  at: 1_700_000_000_000,
  code: "tokenRefused",
  wechat: { errcode: 40125, errmsg: "invalid appsecret 😀 rid: 1-2", rid: "1-2" },
  upstream: null,
  failures: 3,
  nextAttemptAt: 1_700_000_004_000,
  ...members,
});

/** Returns an ordinary WeCom agent with these members. */
export const sampleAgent = (members: Partial<WorkAgent> = {}): WorkAgent => ({
  corpid: "ww1111111111111111",
  agentid: "1000002",
  agentSecret: "the-secret-of-the-sample-agent",
  remark: "通讯录 😀",
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_000,
  ...members,
});

/** Returns an ordinary service key of this number. Its text is `key-<number>`. */
export const sampleServiceKey = (
  number: number,
  members: Partial<ServiceKey> = {},
): ServiceKey => ({
  id: `${number}`.padStart(16, "0"),
  title: "业务服务器 😀",
  keyHash: sha256(`key-${number}`),
  apps: ["wx1111111111111111", "ww1111111111111111:1000002"],
  capabilities: ["token", "session.read"],
  paths: null,
  createdAt: 1_700_000_000_000,
  expiresAt: null,
  lastUsedAt: null,
  lastUsedFrom: null,
  ...members,
});

/** Returns a session of the console with this number; those of later numbers have later ids. */
export const sampleConsoleSession = (number: number): ConsoleSession => ({
  id: `${number}`.padStart(64, "0"),
  proof: sha256(`proof-${number}`).toString("hex"),
  startedAt: 1_700_000_000_000,
  lastUsedAt: 1_700_000_001_000 + number,
});

/** Returns an ordinary audit entry with this number. */
export const sampleAuditEntry = (number: number): AuditEntry => ({
  at: 1_700_000_000_000,
  by: "admin",
  requestId: `request-${number}`,
  address: number % 2 === 0 ? null : "2001:db8::1",
  action: "app.updated",
  target: "wx1111111111111111",
  changed: ["title", "secret"],
});

/** Returns an ordinary user of the weapp protocol. */
export const sampleWeappUser = (members: Partial<WeappUser> = {}): WeappUser => ({
  appid: "wx1111111111111111",
  code: "alice-1",
  openid: "openid-of-alice",
  unionid: null,
  userInfo: { nickName: "爱丽丝 😀", openId: "openid-of-alice" },
  expiresAt: FAR,
  ...members,
});

/** Returns an entry of a day of activity with these members, which counts nothing otherwise. */
export const sampleActivity = (members: Partial<ActivityEntry> = {}): ActivityEntry => ({
  subject: "wx1",
  width: "day",
  window: "2026-11-20",
  counts: {},
  expiresAt: FAR,
  ...members,
});
