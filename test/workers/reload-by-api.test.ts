/** POST /api/v1/server/reload, and the certificate that a server shows. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

test("POST /server/reload applies a configuration, or says at once why it does not", async () => {
  using folder = tempFolder();
  const config = join(folder.path, "app.conf");
  writeFileSync(config, "appname = before\n");
  await using waferd = await Waferd.start({ args: ["--config", config] });
  const api = await Api.of(waferd);
  const admin = (method: string, path: string) => api.call(method, path, { key: waferd.adminKey });
  const nameInEffect = async () => {
    const { items } = (await admin("GET", "/server/config")).body;
    return items.find(({ name }: { name: string }) => name === "appname").value;
  };
  writeFileSync(config, "htpport = 1\n");
  const refused = await admin("POST", "/server/reload");
  expect([refused.status, refused.body.failure]).toEqual([200, expect.stringContaining("htpport")]);
  expect((await admin("GET", "/server/last-reload")).body).toEqual(refused.body);
  expect(await nameInEffect()).toBe("before");

  writeFileSync(config, "appname = after\n");
  const begun = await admin("POST", "/server/reload");
  expect([200, 202]).toContain(begun.status);
  await until(async () => {
    const { endedAt, failure } = (await admin("GET", "/server/last-reload")).body;
    return endedAt !== refused.body.endedAt && failure === null;
  });
  expect(await nameInEffect()).toBe("after");
  const { items } = (await admin("GET", "/audit?action=server.reloaded")).body;
  expect(items).toHaveLength(2);
}, 60_000);

test("GET /server has the certificate that clients see", async () => {
  using folder = tempFolder();
  const { cert, certFile, keyFile } = selfSigned(folder.path);
  await using waferd = await Waferd.start({
    args: [...["--enablehttps", "--httpscertfile", certFile, "--httpskeyfile", keyFile]],
  });
  const answer = await fetch(`${waferd.url.replace("127.0.0.1", "localhost")}/api/v1/server`, {
    headers: { Authorization: `Bearer ${waferd.adminKey}` },
    tls: { ca: cert },
  });
  const { certificate } = (await answer.json()) as { certificate: Record<string, string> };
  expect(certificate).toMatchObject({
    subject: "CN=localhost",
    issuer: "CN=localhost",
    names: ["DNS:localhost"],
  });
  const days = (name: string) =>
    Math.round((Date.parse(certificate[name] ?? "") - Date.now()) / 8.64e7);
  expect([days("validFrom"), days("validTo")]).toEqual([-1, 1]);
}, 30_000);
