import { expect, test } from "bun:test";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { signJsSdk } from "../../crypto/js-sdk-signature.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";

const { appid } = DEMO_APP;
const { corpid, agentid, secret: agentSecret } = DEMO_AGENT;
const url = "https://example.com/page?a=1#/route";

test("config(), workConfig() and agentConfig() sign the page without its fragment, with their ticket", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  succeeded(await core.workAgents.register({ corpid, agentid, agentSecret, remark: "r" }, TESTER));
  const cases = [
    {
      appId: appid,
      outcome: await core.jsSdk.config(appid, url),
      hosted: await core.ownerCredentials.get("app/jsapi-ticket", appid),
    },
    {
      appId: corpid,
      outcome: await core.jsSdk.workConfig(corpid, agentid, url),
      hosted: await core.ownerCredentials.get("agent/ticket", `${corpid}:${agentid}`),
    },
    {
      appId: corpid,
      outcome: await core.jsSdk.agentConfig(corpid, agentid, url),
      hosted: await core.ownerCredentials.get("agent/agent-ticket", `${corpid}:${agentid}`),
    },
  ];
  const signatures = cases.map(({ appId, outcome, hosted }) => {
    const signed = succeeded(outcome);
    const { value: ticket } = succeeded(hosted);
    expect(signed).toMatchObject({ appId, timestamp: Math.floor(clock.now() / 1000) });
    expect(signed.nonceStr).toMatch(/^[0-9a-f]{16}$/);
    const page = "https://example.com/page?a=1";
    expect(signed.signature).toBe(signJsSdk({ ...signed, ticket, url: page }));
    return signed.nonceStr + ticket;
  });
  expect(new Set(signatures).size).toBe(3);
});

test.each(["", "example.com", "ftp://example.com", "javascript:alert(1)", "https:///x"])(
  "config() of the address %j fails with badParameter",
  async (address) => {
    await using scenario = await openScenario();
    expect(await scenario.core.jsSdk.config(appid, address)).toMatchObject({
      code: "badParameter",
      detail: { reason: "url" },
    });
    expect(scenario.sandbox.calls("/cgi-bin/ticket/getticket")).toBe(0);
  },
);
