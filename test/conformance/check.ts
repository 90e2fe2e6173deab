import { describe, expect, test } from "bun:test";
import type { Flaw } from "../../src/core/store.ts";
import {
  FAR,
  sampleActivity,
  sampleAgent,
  sampleApp,
  sampleAuditEntry,
  sampleConsoleSession,
  sampleCredential,
  sampleIssue,
  sampleServiceKey,
  sampleWeappUser,
} from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function checkConformance(subject: Subject): void {
  describe(`${subject.name} check`, () => {
    test("check() counts the records, and finds no flaw in what the tables wrote", async () => {
      await using fresh = await freshStore(subject);
      const { store } = fresh;
      const flaws: Flaw[] = [];
      expect(await store.check((flaw) => flaws.push(flaw))).toMatchObject({ apps: 0, sessions: 0 });
      for (const appid of ["wx1", "wx2", sampleApp().appid])
        await store.apps.create(sampleApp({ appid }));
      await store.apps.delete("wx2");
      for (const number of [1, 2, 3])
        await store.sessions.issue(sampleIssue(number, { openid: `user-${number}` }));
      await store.sessions.issue(sampleIssue(4, { openid: "user-1" }));
      await store.sessions.revokeByUser(sampleApp().appid, "user-2");
      await store.workAgents.put(sampleAgent());
      await store.credentials.put(sampleCredential());
      await store.consoleSessions.create(sampleConsoleSession(1));
      await store.serviceKeys.create(sampleServiceKey(1));
      await store.audit.append(sampleAuditEntry(1));
      await store.weappUsers.remember(sampleWeappUser());
      await store.leases.acquire("lease", "me", FAR, 0);
      await store.claims.claim("claim", 0, FAR);
      await store.claims.finish("claim", () => "answer", 0, FAR);
      await store.activity.add([sampleActivity({ counts: { logins: 1 } })]);
      expect(await store.check((flaw) => flaws.push(flaw))).toMatchObject({
        apps: 2,
        sessions: 2,
        credentials: 1,
        "sessions of the console": 1,
        "WeCom agents": 1,
        "service keys": 1,
        "audit entries": 1,
      });
      expect(flaws).toEqual([]);
    });
  });
}
