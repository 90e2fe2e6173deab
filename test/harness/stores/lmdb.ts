import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { damageProfile, tamper } from "./tamper.ts";
import type { TestStore } from "./test-store.ts";

/** The embedded store, in the data folder. */
export const lmdbStore: TestStore = {
  sealsAppSecrets: true,
  takesSeveralServers: false,
  environment: async () => ({}),
  age: (dataDir, { id }, { loginAt = 0, lastVisitAt = 0 }) =>
    tamper(dataDir, "sessions", id, (record) => ({
      ...record,
      loginAt: record.loginAt - loginAt,
      lastVisitAt: record.lastVisitAt - lastVisitAt,
    })),
  setSessionDuration: (dataDir, appid, sessionDurationSeconds) =>
    tamper(dataDir, "apps", appid, (app) => ({ ...app, sessionDurationSeconds })),
  expireCredential: (dataDir, key, expiresAt) =>
    tamper(dataDir, "credentials", key, (record) => ({ ...record, expiresAt })),
  damageApp: (dataDir, appid) =>
    tamper(dataDir, "apps", appid, (app) => ({ ...app, appSecret: Buffer.alloc(40) })),
  damageSession: (dataDir, { id }) => damageProfile(dataDir, id),
  refuseWrites: async (waferd) => waferd.fillDisk(),
  allowWrites: async (waferd) => waferd.freeDisk(),
  contents: async (dataDir) =>
    readdirSync(dataDir, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".key"))
      .map(({ name }) => readFileSync(join(dataDir, name), "latin1"))
      .join("\n"),
};
