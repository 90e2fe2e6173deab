import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { openScenario, type Scenario } from "../../../test/harness/scenario.ts";
import type { Store } from "../../core/store.ts";
import { handleEnvelope } from "./handle.ts";
import { type JsonParts, utf8Of } from "./json.ts";

const handle = ({ core }: Scenario, interfaceName: string, para: object) =>
  handleEnvelope(
    {
      core,
      trustedNetworks: new BlockList(),
      peerOf: () => ({ address: "127.0.0.1", client: "127.0.0.1", isProxied: false }),
    },
    JSON.stringify({ interface: { interfaceName, para } }),
    new Request("http://waferd/"),
    "r1",
  );

const textOf = (body: JsonParts): string => Buffer.from(utf8Of(body)).toString();

const userData = { id: "i", skey: "s", encrypt_data: "e", iv: "i" };
const CALLS: [string, object][] = [
  ["qcloud.cam.id_skey", { code: "c" }],
  ["qcloud.cam.auth", { id: "i", skey: "s" }],
  ["qcloud.cam.userinfo", userData],
  ["qcloud.cam.decrypt", userData],
  ["qcloud.cam.initapp", { appid: "wx2", secret: "s" }],
];

test.each(CALLS)(
  "%s on a closed store is 1001, with the cause for the log",
  async (interfaceName, para) => {
    await using scenario = await openScenario();
    await scenario.store.close();
    scenario.clock.advance({ seconds: 2 });
    const outcome = await handle(scenario, interfaceName, para);
    expect(JSON.parse(textOf(outcome.body))).toEqual({
      returnCode: 1001,
      returnMessage: "DB_ERR",
      returnData: null,
      version: 1,
      componentName: "MA",
    });
    expect(outcome.failure?.detail.cause).toMatchObject({ name: "StoreError", kind: "closed" });
  },
);

test("a bug is 2000, and its error goes to the log, not to the caller", async () => {
  const buggy = (store: Store): Store => ({
    ...store,
    sessions: new Proxy(store.sessions, {
      get: (table, operation) => {
        if (operation !== "get") return Reflect.get(table, operation).bind(table);
        throw new TypeError("undefined is not a function");
      },
    }),
  });
  await using scenario = await openScenario({ wrap: buggy });
  const outcome = await handle(scenario, "qcloud.cam.auth", { id: "i", skey: "s" });
  expect(JSON.parse(textOf(outcome.body))).toMatchObject({
    returnCode: 2000,
    returnMessage: "SERVER_ERR",
    returnData: null,
  });
  expect(textOf(outcome.body)).not.toContain("undefined");
  expect(outcome.failure).toMatchObject({
    code: "internal",
    detail: { cause: { name: "TypeError" } },
  });
});
