import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { openScenario, type Scenario } from "../../../test/harness/scenario.ts";
import type { Store } from "../../core/store.ts";
import { handleEnvelope } from "./handle.ts";
import type { Outcome } from "./outcome.ts";

const handle = ({ core }: Scenario, interfaceName: string, para: object) =>
  handleEnvelope(
    {
      core,
      trustedNetworks: new BlockList(),
      peerOf: () => ({ address: "127.0.0.1", client: "127.0.0.1", isProxied: false }),
    },
    JSON.stringify({ interface: { interfaceName, para } }),
    new Request("http://localhost/", { headers: { Host: "localhost" } }),
    "r1",
  );

const textOf = ({ body }: Outcome): string => Buffer.from(body).toString();

const userData = { id: "i", skey: "s", encrypt_data: "e", iv: "i" };
test.each([
  { interfaceName: "qcloud.cam.id_skey", para: { code: "c" } },
  { interfaceName: "qcloud.cam.auth", para: { id: "i", skey: "s" } },
  { interfaceName: "qcloud.cam.userinfo", para: userData },
  { interfaceName: "qcloud.cam.decrypt", para: userData },
  { interfaceName: "qcloud.cam.initapp", para: { appid: "wx2", secret: "s" } },
])(
  "handleEnvelope() of $interfaceName on a closed store is 1001, with the cause for the log",
  async ({ interfaceName, para }) => {
    await using scenario = await openScenario();
    await scenario.store.close();
    scenario.clock.advance({ seconds: 2 });
    const outcome = await handle(scenario, interfaceName, para);
    expect(JSON.parse(textOf(outcome))).toEqual({
      returnCode: 1001,
      returnMessage: "DB_ERR",
      returnData: null,
      version: 1,
      componentName: "MA",
    });
    expect(outcome.failure?.detail.cause).toMatchObject({ name: "StoreError", kind: "closed" });
  },
);

test("handleEnvelope() of a call that meets a bug is 2000, with the error for the log only", async () => {
  const buggy = (store: Store): Store => ({
    ...store,
    sessions: new Proxy(store.sessions, {
      get: (table, operation) => {
        if (operation !== "get") return Reflect.get(table, operation).bind(table);
        return () => {
          throw new TypeError("undefined is not a function");
        };
      },
    }),
  });
  await using scenario = await openScenario({ wrap: buggy });
  const outcome = await handle(scenario, "qcloud.cam.auth", { id: "i", skey: "s" });
  expect(JSON.parse(textOf(outcome))).toMatchObject({
    returnCode: 2000,
    returnMessage: "SERVER_ERR",
    returnData: null,
  });
  expect(textOf(outcome)).not.toContain("undefined");
  expect(outcome.failure).toMatchObject({
    code: "internal",
    detail: { cause: { name: "TypeError" } },
  });
});
