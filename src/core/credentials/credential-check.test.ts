import { expect, test } from "bun:test";
import { openScenario, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import { createWeChatClient } from "../../wechat/client.ts";
import type { ErrorCode } from "../errors.ts";
import { checkCredentials } from "./credential-check.ts";

const AGENT = `${DEMO_AGENT.corpid}:${DEMO_AGENT.agentid}`;

test.each<{ owner: string; code: ErrorCode | null }>([
  { owner: DEMO_APP.appid, code: null },
  { owner: AGENT, code: null },
  { owner: "wx0000000000000bad", code: "wechatRefused" },
  { owner: "wx0000000000000000", code: "appNotFound" },
  { owner: `${DEMO_AGENT.corpid}:1`, code: "agentNotFound" },
])("checkCredentials() of $owner fails with $code", async ({ owner, code }) => {
  await using scenario = await openScenario();
  const { core, sandbox, tables } = scenario;
  const { corpid, agentid, secret: agentSecret } = DEMO_AGENT;
  await core.workAgents.register({ corpid, agentid, agentSecret, remark: "" }, TESTER);
  await core.apps.register({ appid: "wx0000000000000bad", appSecret: "wrong" }, TESTER);
  const wechat = createWeChatClient({
    apiBase: sandbox.apiBase,
    workApiBase: sandbox.apiBase,
    connectTimeoutSeconds: 1,
    timeoutSeconds: 2,
  });
  const checked = await checkCredentials({ tables, wechat }, owner);
  await wechat.close();
  expect(checked?.code ?? null).toBe(code);
  // Nothing that the check fetched is kept.
  expect((await tables.credentials.list({ limit: 1 })).items).toEqual([]);
});
