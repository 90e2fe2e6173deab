import { describe, expect, test } from "bun:test";
import { sampleAgent, sampleApp, sampleCredential, sampleRenewalFailure } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function renewalFailureConformance(subject: Subject): void {
  describe(`${subject.name} failures of renewals`, () => {
    test("put() stores every member, and replaces the failure of its key", async () => {
      await using fresh = await freshStore(subject);
      const { renewalFailures } = fresh.store;
      expect(await renewalFailures.list({ limit: 9 })).toEqual({ items: [], next: null });
      await renewalFailures.put(sampleRenewalFailure());
      expect((await renewalFailures.list({ limit: 9 })).items).toEqual([sampleRenewalFailure()]);
      const other = sampleRenewalFailure({ wechat: null, upstream: "name not found", failures: 4 });
      await renewalFailures.put(other);
      expect((await renewalFailures.list({ limit: 9 })).items).toEqual([other]);
    });

    test("list() pages by key", async () => {
      await using fresh = await freshStore(subject);
      const { renewalFailures } = fresh.store;
      for (const number of [3, 1, 2])
        await renewalFailures.put(sampleRenewalFailure({ key: `app:wx${number}:token` }));
      const first = await renewalFailures.list({ limit: 2 });
      const second = await renewalFailures.list({ limit: 2, cursor: first.next ?? "" });
      expect([...first.items, ...second.items].map(({ key }) => key)).toEqual([
        "app:wx1:token",
        "app:wx2:token",
        "app:wx3:token",
      ]);
      expect(second.next).toBeNull();
    });

    test("a failure goes with its app or agent, and stays with a credential that is stored", async () => {
      await using fresh = await freshStore(subject);
      const { apps, workAgents, credentials, renewalFailures } = fresh.store;
      const { corpid, agentid } = sampleAgent();
      const keys = ["app:wx11:token", "app:wx1:ticket:jsapi", `work:${corpid}:${agentid}:token`];
      for (const appid of ["wx1", "wx11"]) await apps.create(sampleApp({ appid }));
      await workAgents.put(sampleAgent());
      for (const key of keys) await renewalFailures.put(sampleRenewalFailure({ key }));
      for (const key of keys) await credentials.put(sampleCredential({ key }));
      const left = async () =>
        (await renewalFailures.list({ limit: 9 })).items.map(({ key }) => key);
      expect(await left()).toEqual(keys);
      await apps.delete("wx1");
      expect(await left()).toEqual(keys.filter((key) => !key.startsWith("app:wx1:")));
      await workAgents.put(sampleAgent({ agentSecret: "another-secret-of-the-agent" }));
      expect(await left()).toEqual(keys.slice(0, 1));
    });
  });
}
