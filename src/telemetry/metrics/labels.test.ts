import { expect, test } from "bun:test";
import { Registry } from "prom-client";
import { ticketKey, tokenKey, workKey } from "../../core/credentials/credential.ts";
import { bounded } from "./bounded.ts";
import { labelsOfKey } from "./credential-labels.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import { RegisteredApps } from "./registered-apps.ts";

test("bounded() passes the first values up to the limit, and only those from then on", () => {
  const label = bounded(2);
  expect(["a", "b", "c", "a", "d", "b"].map(label)).toEqual(["a", "b", "other", "a", "other", "b"]);
});

test("OutcomeTally labels known apps, and counts all others together", async () => {
  const register = new Registry();
  const apps = new RegisteredApps();
  const tally = new OutcomeTally({ name: "logins_total", help: "x", register }, apps);
  apps.add("wx1");
  for (const appid of ["wx1", "wx2", "wx3", null]) tally.count(appid, "codeRefused");
  const lines = async () =>
    (await register.metrics()).split("\n").filter((line) => /^logins/.test(line));
  const expected = [
    'logins_total{appid="wx1",outcome="codeRefused"} 1',
    'logins_total{appid="",outcome="codeRefused"} 3',
  ];
  expect(await lines()).toEqual(expected);
  // A scrape hands the counts over: a second one must not add them again.
  expect(await lines()).toEqual(expected);
});

test.each([
  [tokenKey("wx1"), { owner: "wx1", kind: "token" }],
  [ticketKey("wx1", "wx_card"), { owner: "wx1", kind: "ticket:wx_card" }],
  [workKey("ww1", "1000002", "agent-ticket"), { owner: "ww1:1000002", kind: "work-agent-ticket" }],
  ["other:wx1:token", null],
] as const)("labelsOfKey(%j) is %j", (key, labels) => {
  expect(labelsOfKey(key)).toEqual(labels);
});
