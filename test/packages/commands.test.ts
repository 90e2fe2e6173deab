/**
 * Every command, as typed by a person who unpacked the tar.gz: one after the other, in its folder,
 * first with the server that control.sh started with its sandbox, then with the store of the
 * stopped server.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { killWithParent } from "../harness/reaper.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { PACKING_LIMIT, packages, unpack } from "./made.ts";

setDefaultTimeout(60_000);

const home = tempFolder();
/** The lines that succeeded. */
const tried: string[] = [];

/** Runs a line in a shell, in the folder. */
function type(line: string): { status: number; shown: string } {
  const { exitCode, stdout } = Bun.spawnSync(["bash", "-c", `exec 2>&1; ${line}`], {
    cwd: home.path,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", WAFERD_CONFIG: join(home.path, "app.conf") },
    stdin: "ignore",
  });
  return { status: exitCode, shown: stdout.toString() };
}

/** Runs a line, and expects an output and an exit status. */
function expectLine(line: string, shows: RegExp, status = 0): string {
  const typed = type(line);
  expect(typed.shown, line).toMatch(shows);
  expect(typed.status, `${line}: ${typed.shown}`).toBe(status);
  if (status === 0) tried.push(line);
  return typed.shown;
}

beforeAll(async () => {
  unpack(await packages(), home.path);
  writeFileSync(
    join(home.path, "app.conf"),
    `httpport = ${await freePort()}\nsandbox = true\nworkers = 2\n`,
  );
  writeFileSync(join(home.path, "secret"), "the-secret-of-a-shop\n");
}, PACKING_LIMIT);
afterAll(() => {
  type("./control.sh stop");
  home[Symbol.dispose]();
});

const DEMO = { appid: "wx0000000000000de0", agent: "ww0000000000000de0:1000002" };

test("control.sh starts a server, and status and doctor find it", () => {
  expectLine("./control.sh start", /^waferd: runs \(process \d+\)/);
  killWithParent(Number(readFileSync(join(home.path, "waferd.pid"), "utf8")), home.path);
  expectLine("./waferd status", /^server +running$.*^url +http:.*^sandbox/ms);
  expectLine("./waferd doctor", /^ok +port: waferd .* serves http/m);
  expectLine("./waferd config check", /^the configuration is right$/m);
  expectLine("./waferd config print", /^httpport = \d+ +\/\/ .*app\.conf:1$/m);
  expectLine("./waferd help app add", /^Usage: waferd app add /);
});

describe("with the server", () => {
  test("apps", () => {
    expectLine(
      "./waferd app add wx-shop --force --title Shop --secret-file secret",
      /^title +Shop$/m,
    );
    expectLine("./waferd app list", /^APPID .*^wx-shop +2 +Shop /ms);
    expectLine("./waferd app update wx-shop --title Shops", /^title +Shops$/m);
    expectLine("./waferd app show wx-shop", /^title +Shops$/m);
    expectLine("./waferd app remove wx-shop --yes", /removed wx-shop/);
    expectLine("./waferd app show wx-shop", /No such app/, 3);
  });

  test("sessions", async () => {
    const url = /^url +(\S+)$/m.exec(type("./waferd status").shown)?.[1] ?? "";
    const phone = await fetch(`${url}/sandbox/login?user=alice`);
    const { code } = (await phone.json()) as { code: string };
    const body = JSON.stringify({
      interface: { interfaceName: "qcloud.cam.id_skey", para: { code } },
    });
    const login = await fetch(url, { method: "POST", body });
    const { id } = ((await login.json()) as { returnData: { id: string } }).returnData;
    expectLine(`./waferd session list ${DEMO.appid}`, new RegExp(`^${id} `, "m"));
    expectLine(`./waferd session show ${DEMO.appid} ${id}`, /^state +active$/m);
    expectLine(
      `./waferd session find --session ${id}`,
      new RegExp(`^${DEMO.appid} .* ${id} +active `, "m"),
    );
    expectLine(`./waferd session revoke ${DEMO.appid} ${id}`, /ended the session/);
    expectLine(`./waferd session list ${DEMO.appid}`, /^there is no session/m);
  });

  test("tokens", () => {
    const token = expectLine(`./waferd token get ${DEMO.appid}`, /^\w+\n$/);
    const renewed = expectLine(
      `echo ${token.trim()} | ./waferd token rotate ${DEMO.appid}`,
      /^\w+\n$/,
    );
    expect(renewed).not.toBe(token);
    expect(expectLine(`./waferd token get ${DEMO.appid}`, /./)).toBe(renewed);
  });

  test("calls through the gateway", () => {
    const call = `./waferd call ${DEMO.appid}`;
    expectLine(
      `${call} /wxa/msg_sec_check --data '{"content":"x"}'`,
      /^\{"errcode":0,"errmsg":"ok"\}$/m,
    );
    expectLine(`${call} /wxa/msg_sec_check --data '{"content":""}'`, /WeChat said 44004/, 6);
    expectLine(
      `${call} /wxa/getwxacode --data '{"path":"p"}' --output code.png`,
      /^\d+ bytes written to code\.png$/m,
    );
    expectLine(`${call} /wxa/getwxacode --data '{"path":"p"}'`, /give --output <file>/, 2);
    expectLine(`${call} /sns/userinfo`, /The gateway refuses this path/, 4);
    expectLine("./waferd call wx-nobody /cgi-bin/user/get", /No such app/, 3);
    expectLine(`${call} cgi-bin/user/get`, /begins with a slash/, 2);
  });

  test("agents", () => {
    expectLine("./waferd agent list", new RegExp(`^${DEMO.agent} `, "m"));
    expectLine(
      "./waferd agent add ww1:2 --force --remark hr --secret-file secret",
      /^remark +hr$/m,
    );
    expectLine("./waferd agent show ww1:2", /^remark +hr$/m);
    expectLine("./waferd agent remove ww1:2 --yes", /removed ww1:2/);
    expectLine("./waferd agent show ww1:2", /No such agent/, 3);
  });

  test("service keys", () => {
    const made = expectLine(
      `./waferd key create --title shop --app ${DEMO.appid} --can token`,
      /^waferd_key_[0-9a-f]{64}$/m,
    );
    const [, id] = /The key (\w+),/.exec(made) ?? [];
    expectLine("./waferd key list", new RegExp(`^${id} +shop `, "m"));
    expectLine(`./waferd key revoke ${id} --yes`, /revoked the key/);
    expectLine(`./waferd key revoke ${id} --yes`, /No such service key/, 3);
    const adminKey = readFileSync(join(home.path, "data/admin.key"), "utf8");
    expectLine("./waferd key show-admin", /^The admin key, kept in \/.*\/data\/admin\.key:$/m);
    expect(expectLine("./waferd key show-admin 2>/dev/null", /./)).toBe(adminKey);
    expectLine("./waferd key show-admin --data-dir none", /admin\.key does not exist/, 3);
  });

  test("counts, audit, log and reload", () => {
    expectLine("./waferd stats", /^apps +1$.*^logins +\d/ms);
    expectLine("./waferd audit", /app\.deleted +wx-shop/);
    expectLine("./waferd logs --path /api/v1/apps", /path=\/api\/v1\/apps status=201/);
    expectLine("./waferd reload", /^reloaded: /m);
  });

  test("backup and export of a running server", () => {
    expectLine("./waferd backup --to copy", /^copied to .*copy: /m);
    expectLine("./waferd backup list", /^no server has made a backup in /m);
    expectLine(
      "./waferd export --to all.jsonl --clear-secrets",
      /^\d+ records exported to all\.jsonl$/m,
    );
    expectLine("./waferd store check", /^nothing is wrong$/m);
    expectLine("./waferd store compact", /serves .*stop it first/, 1);
  });
});

describe("without it", () => {
  test("control.sh stops it, and status says so", () => {
    expectLine("./control.sh stop", /has ended/);
    expectLine("./waferd status", /^server +not running$/m, 3);
  });

  test("the store is compacted, restored and imported", () => {
    expectLine(`./waferd app show ${DEMO.appid}`, /^title +Demo$/m);
    expectLine("./waferd store compact", /^.* before, .* after$/m);
    expectLine("./waferd restore --from copy --data-dir restored", /^nothing is wrong$/m);
    expectLine("./waferd import --from all.jsonl --data-dir moved", /^ +apps: 1 new,/m);
    expectLine(`./waferd app show ${DEMO.appid} --data-dir moved`, /^title +Demo$/m);
  });

  test("the executable serves in the foreground", () => {
    const ready = "for try in {1..400}; do grep -q 'listens on' said && break; sleep 0.05; done";
    expectLine(
      `./waferd serve >said 2>&1 & ${ready}; kill $!; wait $! && cat said`,
      /listens on http.*"stopped"/s,
    );
  });

  test("a service is installed into an image of a machine, and uninstalled", () => {
    expectLine("mkdir -p image/usr/local/bin && cp waferd image/usr/local/bin/", /^$/);
    const waferd = "image/usr/local/bin/waferd";
    expectLine(
      `WAFERD_CONFIG= ${waferd} service install --prefix $PWD/image`,
      /^wrote \/etc\/waferd\/app\.conf/m,
    );
    expectLine(`${waferd} service uninstall --prefix $PWD/image`, /^removed /m);
  });

  test("bash completes a command", () => {
    const completed = "source <(./waferd completion bash); COMP_WORDS=(waferd stat); COMP_CWORD=1";
    const call = "$(complete -p waferd | sed 's/.*-F \\([^ ]*\\).*/\\1/'); echo $COMPREPLY";
    expectLine(`PATH=$PWD:$PATH; ${completed}; ${call}`, /^status$/m);
  });
});

test("every command of docs/commands.md was run", () => {
  const [, table = ""] = readFileSync(join(home.path, "docs/commands.md"), "utf8").split(
    "| command | does |",
  );
  const rows = table.split("\n\n")[0]?.split("\n") ?? [];
  const commands = rows.flatMap((row) => row.split("|")[1]?.match(/waferd [a-z ]+/g) ?? []);
  expect(commands.length).toBeGreaterThanOrEqual(32);
  const untried = commands.filter((command) => !tried.some((line) => line.includes(command)));
  expect(untried).toEqual([]);
});
