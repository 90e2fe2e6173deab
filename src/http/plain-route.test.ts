import { expect, test } from "bun:test";
import type { Log } from "../core/ports.ts";
import { plainRoute } from "./plain-route.ts";

test("plainRoute() makes a 500 of what is thrown: the cause goes to the log, its id to the caller", async () => {
  const logged: object[] = [];
  const write = (fields: object) => void logged.push(fields);
  const log: Log = { debugEnabled: false, debug: write, info: write, warn: write, error: write };
  const observed: object[] = [];
  const route = plainRoute(
    {
      log,
      requestId: () => "id-1",
      peerOf: () => ({ address: "192.0.2.1", client: "192.0.2.1", isProxied: false }),
      observe: (answered) => void observed.push(answered),
    },
    () => {
      throw new TypeError("the cause");
    },
  );
  const response = await route(new Request("http://waferd/path?query"), "/mina/login");
  expect(response.status).toBe(500);
  expect(response.headers.get("x-request-id")).toBe("id-1");
  expect(await response.text()).not.toContain("the cause");
  expect(logged).toMatchObject([
    {
      requestId: "id-1",
      path: "/mina/login",
      status: 500,
      peer: "192.0.2.1",
      err: { message: "the cause" },
    },
  ]);
  expect(observed).toMatchObject([
    { protocol: "mina", operation: "/mina/login", code: "internal", failure: "internal" },
  ]);
});
