/** The executable with an app.conf, TLS and a proxy. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

const ADMIN_KEY = "an-admin-key-of-the-configuration";

test("serve accepts the app.conf of the go server, and logs its unknown keys once", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "app.conf");
  writeFileSync(
    file,
    `appname = go-wafer-session-server
runmode = dev
autorender = false
copyrequestbody = true
redis.maxidle = 10   // not used

[dev]
EnableDocs = false
log.level = debug
admin_key = ${ADMIN_KEY}
`,
  );
  noteSecret(ADMIN_KEY);
  await using waferd = await Waferd.start({ args: ["--config", file] });
  const { keys } = await waferd.logged(({ msg }) =>
    String(msg).startsWith("keys of the configuration"),
  );
  expect(keys).toEqual(["autorender", "copyrequestbody", "redis.maxidle"]);
  await waferd.logged(
    ({ msg, level }) => String(msg).startsWith("httpaddr is not set") && level === "warn",
  );
  await waferd.logged(
    ({ msg, appname }) => msg === "started" && appname === "go-wafer-session-server",
  );
  expect((await fetch(`${waferd.url}/docs`)).status).toBe(404);
  const apps = await fetch(`${waferd.url}/api/v1/apps`, {
    headers: { Authorization: `Bearer ${ADMIN_KEY}` },
  });
  expect(apps.status).toBe(200);

  const checked = Bun.spawnSync([EXECUTABLE, "config", "check", "--config", file], {
    env: { WAFERD_HTTPPORT: "0" },
  });
  expect(checked.stdout.toString()).toContain(
    "# httpaddr is not set: the go server listened on all",
  );
  const printed = Bun.spawnSync([EXECUTABLE, "config", "print"], { env: { WAFERD_CONFIG: file } });
  const text = printed.stdout.toString();
  expect(text).toMatch(new RegExp(`^admin_key = \\(set\\) +// ${file}:10$`, "m"));
  expect(text).toMatch(/^# without a meaning here: autorender, copyrequestbody, redis.maxidle$/m);
  expect(text).not.toContain(ADMIN_KEY);
});

test("EnableHTTPS serves TLS; serve names a file that is missing or not a certificate", async () => {
  using folder = tempFolder();
  const { cert } = selfSigned(folder.path);
  const files = (certificate: string) => [
    ...["--enablehttps", "--httpscertfile", certificate],
    ...["--httpskeyfile", join(folder.path, "key.pem")],
  ];
  await using waferd = await Waferd.start({ args: files(join(folder.path, "cert.pem")) });
  expect(waferd.url).toStartWith("https://");
  const answer = await fetch(`${waferd.url}/`, {
    method: "POST",
    tls: { ca: cert, checkServerIdentity: () => undefined },
  });
  expect(await answer.json()).toMatchObject({ returnCode: 1009 });

  for (const { certificate, message } of [
    { certificate: join(folder.path, "nowhere.pem"), message: "HTTPSCertFile: ENOENT" },
    { certificate: import.meta.path, message: "the certificate or its key cannot be used" },
  ] as const) {
    const refused = Bun.spawnSync([EXECUTABLE, "serve", "--port", "0", ...files(certificate)], {
      cwd: folder.path,
      env: {},
    });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr.toString()).toContain(message);
  }
}, 20_000);

test("wechat.proxy is used for calls to WeChat", async () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, client) => {
    asked.push(request.url ?? "");
    const [host = "", port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : 0;
  {
    await using production = await startProduction({
      args: ["--wechat-proxy", `http://127.0.0.1:${port}`],
    });
    expect((await production.login(production.user("alice"))).returnCode).toBe(0);
    expect(asked).toEqual([new URL(production.sandbox.apiBase).host]);
  }
  proxy.closeAllConnections();
  proxy.close();
});
