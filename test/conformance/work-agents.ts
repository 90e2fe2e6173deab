import { describe, expect, test } from "bun:test";
import { sampleAgent, sampleCredential } from "./samples.ts";
import { freshStore, type Subject } from "./subject.ts";

export function workAgentConformance(subject: Subject): void {
  describe(`${subject.name} work agents`, () => {
    test("put() stores every member, and separates the agents of one corp", async () => {
      await using fresh = await freshStore(subject);
      const { workAgents } = fresh.store;
      const { corpid } = sampleAgent();
      expect(await workAgents.put(sampleAgent())).toEqual({ agent: sampleAgent(), isNew: true });
      await workAgents.put(sampleAgent({ agentid: "1000003", agentSecret: "another" }));
      expect(await workAgents.get(corpid, "1000002")).toEqual(sampleAgent());
      expect(await workAgents.get(corpid, "1000003")).toMatchObject({ agentSecret: "another" });
      expect(await workAgents.get(corpid, "1")).toBeNull();
      expect(await workAgents.get("ww2", "1000002")).toBeNull();
      const { items } = await workAgents.list({ limit: 10 });
      expect(items.map(({ agentid }) => agentid)).toEqual(["1000002", "1000003"]);
    });

    test("put() of a known agent replaces it, and removes its credentials and nobody else's", async () => {
      await using fresh = await freshStore(subject);
      const { workAgents, credentials } = fresh.store;
      const { corpid, agentid } = sampleAgent();
      await workAgents.put(sampleAgent());
      const mine = ["token", "ticket", "agent-ticket"].map(
        (kind) => `work:${corpid}:${agentid}:${kind}`,
      );
      const others = [
        `work:${corpid}:${agentid}0:token`,
        `work:${corpid}:1:token`,
        "app:wx1:token",
      ];
      for (const key of [...mine, ...others]) await credentials.put(sampleCredential({ key }));
      const replaced = sampleAgent({ agentSecret: "new", updatedAt: 5 });
      expect(await workAgents.put({ ...replaced, createdAt: 5 })).toEqual({
        agent: replaced,
        isNew: false,
      });
      expect(await workAgents.get(corpid, agentid)).toEqual(replaced);
      for (const key of mine) expect(await credentials.get(key)).toBeNull();
      for (const key of others) expect(await credentials.get(key)).not.toBeNull();
    });

    test("delete() removes an agent with its credentials and nobody else's", async () => {
      await using fresh = await freshStore(subject);
      const { workAgents, credentials } = fresh.store;
      const { corpid, agentid } = sampleAgent();
      await workAgents.put(sampleAgent());
      await workAgents.put(sampleAgent({ agentid: "1000003" }));
      const mine = `work:${corpid}:${agentid}:token`;
      const other = `work:${corpid}:1000003:token`;
      for (const key of [mine, other]) await credentials.put(sampleCredential({ key }));
      expect(await workAgents.delete(corpid, "1")).toBe(false);
      expect(await workAgents.delete(corpid, agentid)).toBe(true);
      expect(await workAgents.delete(corpid, agentid)).toBe(false);
      expect((await workAgents.list({ limit: 10 })).items.map((agent) => agent.agentid)).toEqual([
        "1000003",
      ]);
      expect(await credentials.get(mine)).toBeNull();
      expect(await credentials.get(other)).not.toBeNull();
    });
  });
}
