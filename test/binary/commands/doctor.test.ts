/** `waferd doctor` on a healthy machine, and with one fault after another. */
import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import packageJson from "../../../package.json";
import { type Sandbox, startSandbox } from "../../../src/sandbox/sandbox.ts";
import { type Ran, runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { freePort } from "../../harness/free-port.ts";
import { random } from "../../harness/scenario.ts";
import { noteSecret, secretsIn } from "../../harness/secrets.ts";
import { selfSigned } from "../../harness/self-signed.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { Waferd } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const APP = { appid: "wx1234567890abcdef", secret: "the-secret-of-the-app" };
const AGENT = { name: "ww1234567890abcdef:1000002", secret: "the-secret-of-the-agent" };
noteSecret(APP.secret, AGENT.secret);

let sandbox: Sandbox;
let folder: ReturnType<typeof tempFolder>;
let dataDir: string;
let port: string;

beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => Date.now(), sleep: Bun.sleep }, random });
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  folder?.[Symbol.dispose]();
  folder = tempFolder();
  dataDir = join(folder.path, "data");
  port = String(await freePort());
  sandbox.world.apps.set(APP.appid, APP.secret);
  sandbox.world.agents.set(AGENT.name, AGENT.secret);
  for (const path of ["/cgi-bin/stable_token", "/cgi-bin/gettoken"]) sandbox.faults.clear(path);
});
afterAll(() => folder[Symbol.dispose]());

const environment = () => ({
  WAFERD_WECHAT_API_BASE: sandbox.apiBase,
  WAFERD_WORK_API_BASE: sandbox.apiBase,
  WAFERD_WECHAT_TIMEOUT: "1",
  WAFERD_WECHAT_CONNECT_TIMEOUT: "1",
});

const run = (
  command: string,
  options: { input?: string; environment?: Record<string, string> } = {},
): Promise<Ran> =>
  runCommand([...command.split(" "), "--data-dir", dataDir, "--port", port], {
    ...options,
    environment: { ...environment(), ...options.environment },
  });

/** Runs doctor; expects a status that says whether a check failed, and no secret in the output. */
async function doctor(args = "", changes: Record<string, string> = {}): Promise<string> {
  const { status, stdout, stderr } = await run(`doctor${args}`, { environment: changes });
  expect(stderr).toBe("");
  expect(status).toBe(/^fail/m.test(stdout) ? 1 : 0);
  for (const line of stdout.trim().split("\n"))
    expect(line).toMatch(/^(ok {2}|warn|fail) {2}[^:]+(:[^:]+)?: .+/);
  expect(secretsIn(stdout)).toEqual([]);
  return stdout;
}

async function withData(): Promise<void> {
  await run(`app add ${APP.appid} --secret-stdin`, { input: APP.secret });
  await run(`agent add ${AGENT.name} --secret-stdin`, { input: AGENT.secret });
}

test("doctor fails nothing and creates nothing on a healthy machine, before and after the first start", async () => {
  const before = await doctor();
  expect(before).not.toMatch(/^fail/m);
  expect(before).toContain("the first start creates it");
  expect(existsSync(dataDir)).toBe(false);
  await withData();
  const after = await doctor(" --online");
  expect(after).not.toMatch(/^fail/m);
  for (const line of [
    "ok    configuration: it is valid",
    `ok    data folder: only this user can read ${dataDir}`,
    `ok    keys: only its owner can read ${dataDir}/admin.key`,
    `ok    keys: only its owner can read ${dataDir}/master.key`,
    `ok    port: 127.0.0.1:${port} is free: no server runs`,
    `ok    WeChat: ${sandbox.apiBase} answers`,
    `ok    WeCom: ${sandbox.apiBase} answers`,
    "ok    clock: it is within 60 s of WeChat's",
    `ok    store: the data at ${dataDir} opens with this master key`,
    `ok    ${APP.appid}: WeChat accepts its secret and this machine's address`,
    `ok    ${AGENT.name}: WeChat accepts its secret and this machine's address`,
  ])
    expect(after.split("\n")).toContain(line);
});

test("doctor --json prints the same checks as one document", async () => {
  chmodSync(folder.path, 0o700);
  const { status, stdout } = await run("doctor --json", {
    environment: { WAFERD_WECHAT_API_BASE: "http://127.0.0.1:1" },
  });
  const { checks, failed } = JSON.parse(stdout);
  expect(status).toBe(1);
  expect(failed).toBe(1);
  expect(checks.find(({ state }: { state: string }) => state === "fail")).toEqual({
    name: "WeChat",
    state: "fail",
    message: "127.0.0.1:1 refuses connections",
    todo: "allow connections to 127.0.0.1:1, or set wechat.proxy",
  });
});

test("doctor prints a line for every mistake of the configuration", async () => {
  const told = await doctor(" --httpscertfile x --enablehttps --wechat-timeout 0 --log-level loud");
  expect(told).toMatch(
    /^fail {2}configuration: --wechat-timeout must be a number from 0.1 to 120, not "0"/m,
  );
  expect(told).toMatch(/^fail {2}configuration: --log-level must be one of/m);
});

test("doctor reports an exposed folder, exposed keys, a missing and a wrong master key", async () => {
  await withData();
  chmodSync(dataDir, 0o755);
  chmodSync(join(dataDir, "admin.key"), 0o644);
  const exposed = await doctor();
  expect(exposed).toContain(
    `warn  data folder: others can read ${dataDir}. To do: chmod 700 ${dataDir}\n`,
  );
  expect(exposed).toContain(
    `fail  keys: others can read ${dataDir}/admin.key. To do: chmod 600 ${dataDir}/admin.key\n`,
  );
  writeFileSync(join(dataDir, "master.key"), "ab".repeat(32));
  expect(await doctor()).toMatch(
    /^fail {2}store: the master key in .* is not the one that sealed the data/m,
  );
  rmSync(join(dataDir, "master.key"));
  expect(await doctor()).toMatch(/^fail {2}store: .*master.key is missing, and the data/m);
  expect(existsSync(join(dataDir, "master.key"))).toBe(false);
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  expect((await run("doctor", { environment: { WAFERD_DATA_DIR: "x" } })).status).toBe(1);
  const { stdout } = await runCommand(["doctor", "--data-dir", file, "--port", port], {
    environment: environment(),
  });
  expect(stdout).toContain(`fail  data folder: ${file} is not a folder`);
});

test("doctor tells whether the port belongs to this waferd, another one or another program", async () => {
  {
    await using waferd = await Waferd.start({ dataDir, environment: environment() });
    const ours = new URL(waferd.url).port;
    const served = await runCommand(["doctor", "--port", ours, "--data-dir", dataDir], {
      environment: environment(),
    });
    expect(served.stdout).toContain(
      `ok    port: waferd ${packageJson.version} serves ${waferd.url}\n`,
    );
    const moved = await runCommand(["doctor", "--port", port, "--data-dir", dataDir], {
      environment: environment(),
    });
    expect(moved.stdout).toContain(
      `warn  port: the waferd of this data folder serves ${waferd.url}, not http://127.0.0.1:${port}`,
    );
    const elsewhere = await runCommand(
      ["doctor", "--port", ours, "--data-dir", join(folder.path, "b")],
      {
        environment: environment(),
      },
    );
    expect(elsewhere.stdout).toContain(
      `warn  port: the waferd at ${waferd.url} is not that of this data folder`,
    );
  }
  const stranger = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => stranger.listen(Number(port), "127.0.0.1", resolve));
  expect(await doctor()).toContain(
    `fail  port: the server at http://127.0.0.1:${port} is not waferd`,
  );
  stranger.close();
  const none = await runCommand(["doctor", "--data-dir", dataDir, "--host", "nowhere.invalid"], {
    environment: environment(),
  });
  expect(none.stdout).toMatch(/^fail {2}port: http:\/\/nowhere.invalid:8888 cannot be reached/m);
});

test("doctor reports a certificate that is missing, does not match its key, or expires soon", async () => {
  using other = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  const tls = (key: string, cert = certFile) =>
    ` --enablehttps --httpscertfile ${cert} --httpskeyfile ${key}`;
  expect(await doctor(tls(keyFile))).toContain(
    `warn  certificate: ${certFile} expires in 0 days. To do: renew it`,
  );
  expect(await doctor(tls(selfSigned(other.path).keyFile))).toContain("is not the key of");
  expect(await doctor(tls("/nowhere"))).toMatch(/^fail {2}certificate: .* ENOENT/m);
});

test.each([
  {
    name: "a name that does not resolve",
    base: "http://nowhere.invalid",
    told: /nowhere.invalid does not resolve .*resolv.conf/,
  },
  {
    name: "a host that refuses",
    base: `http://127.0.0.1:${UNUSED_PORT}`,
    told: /127.0.0.1:1 refuses connections/,
  },
])("doctor with $name as upstream reports it", async ({ base, told }) => {
  const shown = await doctor("", { WAFERD_WECHAT_API_BASE: base, WAFERD_WORK_API_BASE: base });
  expect(shown).toMatch(new RegExp(`^fail {2}WeChat: .*${told.source}`, "m"));
  expect(shown).toMatch(new RegExp(`^fail {2}WeCom: .*${told.source}`, "m"));
  expect(shown).toMatch(/^warn {2}clock: no server could be asked/m);
});

test("doctor reports an upstream with an untrusted certificate, a silent and a broken one", async () => {
  const secure = Bun.serve({
    port: 0,
    hostname: "localhost",
    tls: selfSigned(folder.path),
    fetch: () => new Response(),
  });
  const silent = createTcpServer(() => undefined);
  const broken = createTcpServer((socket) => socket.once("data", () => socket.destroy()));
  for (const server of [silent, broken])
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const portOf = (server: typeof silent) => (server.address() as AddressInfo).port;
  const of = async (WAFERD_WECHAT_API_BASE: string) => doctor("", { WAFERD_WECHAT_API_BASE });
  expect(await of(`https://localhost:${secure.port}`)).toMatch(
    /^fail {2}WeChat: .* a certificate that is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/m,
  );
  expect(await of(`http://127.0.0.1:${portOf(silent)}`)).toMatch(
    /^fail {2}WeChat: .* did not answer in time/m,
  );
  expect(await of(`http://127.0.0.1:${portOf(broken)}`)).toMatch(
    /^fail {2}WeChat: the connection to .* fails/m,
  );
  expect(await doctor("", { WAFERD_WECHAT_PROXY: "http://127.0.0.1:1" })).toMatch(
    /^fail {2}WeChat: 127.0.0.1:1 refuses connections/m,
  );
  await secure.stop(true);
  for (const server of [silent, broken]) server.close();
});

test.each([
  {
    offset: -3600,
    told: /^fail {2}clock: this machine's clock is 3(599|60[0-9]) s ahead of WeChat's.*timedatectl/m,
  },
  {
    offset: 3600,
    told: /^fail {2}clock: this machine's clock is 3(59[0-9]|600) s behind WeChat's/m,
  },
  { offset: 10, told: /^ok {4}clock/m },
])(
  "doctor compares the clock with that of an upstream, which is $offset s ahead",
  async ({ offset, told }) => {
    const upstream = createServer((_request, response) => {
      response.setHeader("Date", new Date(Date.now() + offset * 1000).toUTCString());
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    expect(await doctor("", { WAFERD_WECHAT_API_BASE: base })).toMatch(told);
    upstream.close();
  },
);

test("doctor tries secrets only on request, invalidates no token, and explains refusals", async () => {
  await withData();
  const asked = () => sandbox.calls("/cgi-bin/stable_token") + sandbox.calls("/cgi-bin/token");
  const before = asked();
  await doctor();
  expect(asked()).toBe(before);
  const token = (await run(`token get ${APP.appid}`)).stdout;
  await doctor(` --app ${APP.appid}`);
  expect(sandbox.calls("/cgi-bin/token")).toBe(0);
  expect(
    (await run(`token rotate ${APP.appid} --failed-token-stdin`, { input: "another" })).stdout,
  ).toBe(token);

  const refused = async (path: string, errcode: number, errmsg: string, owner: string) => {
    sandbox.faults.set(path, { errcode, errmsg });
    return doctor(` --app ${owner}`);
  };
  const stable = "/cgi-bin/stable_token";
  const ip = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist";
  expect(await refused(stable, 40164, ip, APP.appid)).toContain(
    `fail  ${APP.appid}: WeChat sees this machine as 203.0.113.7, which is not on its IP white list (40164). To do: add 203.0.113.7 to the IP white list`,
  );
  expect(await refused(stable, 40125, "invalid appsecret", APP.appid)).toContain(
    `its AppSecret is wrong (40125). To do: waferd app update ${APP.appid} --ask-secret`,
  );
  expect(await refused(stable, 40013, "invalid appid", APP.appid)).toContain(
    "WeChat does not know this id (40013)",
  );
  expect(await refused(stable, 45009, "reach max api daily quota limit", APP.appid)).toContain(
    "WeChat said 45009",
  );
  const from =
    "not allow to access from your ip, hint: [1], from ip: 203.0.113.8, more info at https://x";
  expect(await refused("/cgi-bin/gettoken", 60020, from, AGENT.name)).toContain(
    "WeCom sees this machine as 203.0.113.8, which is not a trusted IP (60020)",
  );
  sandbox.faults.clear("/cgi-bin/gettoken");
  sandbox.world.agents.set(AGENT.name, "another");
  expect(await doctor(` --app ${AGENT.name}`)).toContain("its secret is wrong (40001)");
  expect(await doctor(" --app wx-nobody")).toContain(
    "fail  wx-nobody: it is not registered. To do: waferd app add",
  );
});
