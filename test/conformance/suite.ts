import { describe, expect, test } from "bun:test";
import type { Store } from "../../src/core/store.ts";
import { StoreError } from "../../src/core/store-error.ts";
import { activityConformance } from "./activity.ts";
import { appConformance } from "./apps.ts";
import { auditConformance } from "./audit.ts";
import { callCountConformance } from "./call-counts.ts";
import { checkConformance } from "./check.ts";
import { claimConformance } from "./claims.ts";
import { consoleSessionConformance } from "./console-sessions.ts";
import { credentialConformance } from "./credentials.ts";
import { idempotencyConformance } from "./idempotency.ts";
import { leaseConformance } from "./leases.ts";
import { renewalFailureConformance } from "./renewal-failures.ts";
import {
  sampleActivity,
  sampleAgent,
  sampleApp,
  sampleAuditEntry,
  sampleConsoleSession,
  sampleCredential,
  sampleIssue,
  sampleRef,
  sampleRenewalFailure,
  sampleServiceKey,
  sampleStored,
  sampleWeappUser,
} from "./samples.ts";
import { separationConformance } from "./separation.ts";
import { serviceKeyConformance } from "./service-keys.ts";
import { sessionConformance } from "./sessions.ts";
import { freshStore, type Subject } from "./subject.ts";
import { usageConformance } from "./usage.ts";
import { weappUserConformance } from "./weapp-users.ts";
import { workAgentConformance } from "./work-agents.ts";

/** Tests every promise of the store's port on one driver. */
export function storeConformance(subject: Subject): void {
  describe(`${subject.name} store`, () => {
    test("sweptAt() is null until noteSweep(), and then the time that it was given last", async () => {
      await using fresh = await freshStore(subject);
      expect(await fresh.store.sweptAt()).toBeNull();
      for (const at of [1_700_000_000_000, 1_600_000_000_000]) {
        await fresh.store.noteSweep(at);
        expect(await fresh.store.sweptAt()).toBe(at);
      }
    });

    test("close() and open() keep apps, sessions, agents, credentials, keys and audit", async () => {
      await using fresh = await freshStore(subject);
      await fresh.store.apps.create(sampleApp());
      await fresh.store.sessions.issue(sampleIssue(1));
      await fresh.store.workAgents.put(sampleAgent());
      await fresh.store.credentials.put(sampleCredential());
      await fresh.store.serviceKeys.create(sampleServiceKey(1));
      await fresh.store.audit.append(sampleAuditEntry(1));
      await fresh.store.close();
      const again = await fresh.place.open();
      expect(await again.credentials.get(sampleCredential().key)).toEqual(sampleCredential());
      expect(await again.serviceKeys.getByHash(sampleServiceKey(1).keyHash)).toMatchObject({
        title: sampleServiceKey(1).title,
      });
      await again.audit.append(sampleAuditEntry(2));
      expect((await again.audit.list({ limit: 9 })).items).toEqual([2, 1].map(sampleAuditEntry));
      expect(await again.workAgents.get(sampleAgent().corpid, sampleAgent().agentid)).toEqual(
        sampleAgent(),
      );
      expect(await again.apps.get(sampleApp().appid)).toMatchObject({
        appSecret: sampleApp().appSecret,
      });
      expect(await again.sessions.getWithSessionKey("session-1")).toMatchObject({
        sessionKey: "session-key-1",
      });
      expect(await again.apps.create(sampleApp({ appid: "wx2" }))).toMatchObject({ number: 2 });
      await again.close();
    });

    test("close() finishes the writes in progress", async () => {
      await using fresh = await freshStore(subject);
      const issued = fresh.store.sessions.issue(sampleIssue(1));
      await fresh.store.close();
      await issued;
      const again = await fresh.place.open();
      expect(await again.sessions.get("session-1")).not.toBeNull();
      await again.close();
    });

    test("every call after close() fails with StoreError closed; closing twice is fine", async () => {
      await using fresh = await freshStore(subject);
      const { store } = fresh;
      await store.close();
      await store.close();
      const calls: ((store: Store) => unknown)[] = [
        ({ apps }) => apps.get("wx1"),
        ({ apps }) => apps.first(),
        ({ apps }) => apps.create(sampleApp()),
        ({ apps }) => apps.update("wx1", {}),
        ({ apps }) => apps.delete("wx1"),
        ({ apps }) => apps.list({ limit: 1 }),
        ({ apps }) => apps.count(),
        ({ sessions }) => sessions.get("session-1"),
        ({ sessions }) => sessions.getWithSessionKey("session-1"),
        ({ sessions }) => sessions.issue(sampleIssue(1)),
        ({ sessions }) => sessions.replaceProfile(sampleRef(1), {}),
        ({ sessions }) => sessions.replaceSessionKey(sampleRef(1), "k"),
        ({ credentials }) => credentials.get("app:wx1:token"),
        ({ credentials }) => credentials.put(sampleCredential()),
        ({ credentials }) => credentials.touch("app:wx1:token", 1),
        ({ credentials }) => credentials.delete("app:wx1:token"),
        ({ credentials }) => credentials.list({ limit: 1 }),
        ({ workAgents }) => workAgents.get("ww1", "1"),
        ({ workAgents }) => workAgents.put(sampleAgent()),
        ({ workAgents }) => workAgents.list({ limit: 1 }),
        ({ workAgents }) => workAgents.delete("ww1", "1"),
        ({ serviceKeys }) => serviceKeys.get("1"),
        ({ serviceKeys }) => serviceKeys.getByHash(sampleServiceKey(1).keyHash),
        ({ serviceKeys }) => serviceKeys.create(sampleServiceKey(1)),
        ({ serviceKeys }) => serviceKeys.touch("1", 1, null),
        ({ serviceKeys }) => serviceKeys.revoke("1"),
        ({ serviceKeys }) => serviceKeys.list({ limit: 1 }),
        ({ consoleSessions }) => consoleSessions.get("1"),
        ({ consoleSessions }) => consoleSessions.create(sampleConsoleSession(1)),
        ({ consoleSessions }) => consoleSessions.touch("1", 1),
        ({ consoleSessions }) => consoleSessions.remove("1"),
        ({ consoleSessions }) => consoleSessions.list({ limit: 1 }),
        ({ audit }) => audit.append(sampleAuditEntry(1)),
        ({ audit }) => audit.list({ limit: 1 }),
        ({ weappUsers }) => weappUsers.get("wx1", "c"),
        ({ weappUsers }) => weappUsers.remember(sampleWeappUser()),
        ({ weappUsers }) => weappUsers.sweep(0, 1),
        ({ apps }) => apps.getByNumber(1),
        ({ idempotency }) => idempotency.begin("k", sampleServiceKey(1).keyHash, 1, 2),
        ({ idempotency }) => idempotency.finish("k", "x", 2),
        ({ idempotency }) => idempotency.abandon("k"),
        ({ idempotency }) => idempotency.sweep(0, 1),
        ({ leases }) => leases.acquire("app:wx1:token", "me", 2, 1),
        ({ leases }) => leases.release("app:wx1:token", "me"),
        ({ leases }) => leases.sweep(0, 1),
        ({ claims }) => claims.claim("k", 1, 2),
        ({ claims }) => claims.finish("k", () => "x", 1, 2),
        ({ claims }) => claims.abandon("k"),
        ({ claims }) => claims.sweep(0, 1),
        ({ renewalFailures }) => renewalFailures.put(sampleRenewalFailure()),
        ({ renewalFailures }) => renewalFailures.list({ limit: 1 }),
        ({ activity }) => activity.add([sampleActivity({ counts: { logins: 1 } })]),
        ({ activity }) => activity.list("wx1", "day", ["2026-11-20"]),
        ({ activity }) => activity.sweep(0, 1),
        ({ callCounts }) =>
          callCounts.add({ subject: "wx1", endpoint: "/e", window: "w", expiresAt: 1 }),
        ({ callCounts }) => callCounts.list("wx1", { limit: 1 }),
        ({ callCounts }) => callCounts.sweep(0, 1),
        ({ sessions }) => sessions.list("wx1", "alice", { limit: 1 }),
        ({ sessions }) => sessions.revokeByApp("wx1", 1),
        ({ sessions }) => sessions.revoke(sampleRef(1)),
        ({ sessions }) => sessions.revokeByUser("wx1", "alice"),
        ({ sessions }) => sessions.sweep(0, 1),
        ({ sessions }) => sessions.count("wx1"),
        ({ sessions }) => sessions.dump("wx1", { limit: 1 }),
        ({ sessions }) => sessions.put([sampleStored(1)]),
      ];
      for (const call of calls) {
        const error = await Promise.try(call, store).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(StoreError);
        expect((error as StoreError).kind).toBe("closed");
      }
    });
  });
  appConformance(subject);
  sessionConformance(subject);
  credentialConformance(subject);
  renewalFailureConformance(subject);
  workAgentConformance(subject);
  callCountConformance(subject);
  serviceKeyConformance(subject);
  consoleSessionConformance(subject);
  auditConformance(subject);
  idempotencyConformance(subject);
  claimConformance(subject);
  leaseConformance(subject);
  activityConformance(subject);
  separationConformance(subject);
  weappUserConformance(subject);
  checkConformance(subject);
  usageConformance(subject);
}
