import type { NewApp } from "../../core/app.ts";
import type { SessionIssue } from "../../core/store.ts";
import { sha256 } from "../../crypto/digest.ts";

/** An app with these members, ordinary otherwise. */
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

/** A login of alice's with this number, ordinary otherwise. Its skey is `skey-<number>`. */
export const sampleIssue = (number: number, members: Partial<SessionIssue> = {}): SessionIssue => ({
  id: `session-${number}`,
  appid: "wx1111111111111111",
  openid: "openid-of-alice",
  unionid: null,
  skeyHash: sha256(`skey-${number}`),
  sessionKey: `session-key-${number}`,
  profile: null,
  loginAt: 1_700_000_000_000 + number,
  expiresAt: 1_800_000_000_000,
  sessionsPerUser: 1,
  ...members,
});
