import { expect, test } from "bun:test";
import { Registry } from "prom-client";
import { credentialKinds, keyOfCredential } from "../../core/credentials/kinds.ts";
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
  { key: "app:wx1:token", labels: { owner: "wx1", kind: "token" } },
  { key: "app:wx1:ticket:wx_card", labels: { owner: "wx1", kind: "ticket:wx_card" } },
  {
    key: "work:ww1:1000002:agent-ticket",
    labels: { owner: "ww1:1000002", kind: "work-agent-ticket" },
  },
  { key: "other:wx1:token", labels: null },
])("labelsOfKey($key) returns the owner and the kind, or null", ({ key, labels }) => {
  expect<unknown>(labelsOfKey(key)).toEqual(labels);
});

test("labelsOfKey() tells all kinds of credentials apart", () => {
  const labels = credentialKinds.map((kind) =>
    labelsOfKey(keyOfCredential(kind, kind.startsWith("app/") ? "wx1" : "ww1:1")),
  );
  expect(new Set(labels.map((label) => JSON.stringify(label))).size).toBe(credentialKinds.length);
  expect(labels).not.toContain(null);
});
