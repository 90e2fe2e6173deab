/** The administrative commands, on a running server, and on the store when none runs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../../../src/sandbox/faults.ts";
import { startSandbox } from "../../../src/sandbox/sandbox.ts";
import { type CommandOptions, runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../../harness/production.ts";
import { random } from "../../harness/scenario.ts";
import { noteSecret, secretsIn } from "../../harness/secrets.ts";
import { tempFolder } from "../../harness/temp-folder.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const SECRET = "the-secret-of-a-new-app";
const AGENT_SECRET = "the-secret-of-an-agent";
const AGENT = "ww1234567890abcdef:1000002";

/** Runs commands on one service: a server, or a store. */
interface Service {
  production: Production;
  run(args: string, options?: CommandOptions): ReturnType<typeof runCommand>;
}

const serviceOf = (production: Production, flags: readonly string[]): Service => ({
  production,
  run: (args, { environment, ...options } = {}) =>
    runCommand(
      [...args.split(" "), ...flags],
      {
        ...options,
        environment: {
          WAFERD_WECHAT_API_BASE: production.sandbox.apiBase,
          WAFERD_WORK_API_BASE: production.sandbox.apiBase,
          ...environment,
        },
      },
      production.waferd.dataDir,
    ),
});

const WAYS: Record<string, (production: Production) => Promise<Service>> = {
  "a running server": async (production) =>
    serviceOf(production, [
      ...["--data-dir", production.waferd.dataDir],
      ...["--port", new URL(production.waferd.url).port],
    ]),
  "the store": async (production) => {
    await production.waferd.stop();
    return serviceOf(production, ["--data-dir", production.waferd.dataDir, "--port", UNUSED_PORT]);
  },
};

describe.each(Object.entries(WAYS).map(([way, open]) => ({ way, open })))("by $way", ({ open }) => {
  let service: Service;
  let alice: { id: string; openid: string };
  let folder: string;

  beforeAll(async () => {
    const production = await startProduction();
    noteSecret(SECRET, AGENT_SECRET, APP.secret);
    const users = ["alice", "bob", "carol"].map((name) => production.user(name));
    const logins = await Promise.all(users.map((user) => production.login(user)));
    alice = { id: logins[0]?.returnData.id, openid: users[0]?.openid ?? "" };
    folder = join(production.waferd.dataDir, "..");
    writeFileSync(join(folder, "secret"), `${SECRET}\n`);
    service = await open(production);
  });
  afterAll(() => service.production[Symbol.asyncDispose]());

  /** Runs a command; expects its status and output, and no secret in the output. */
  async function expectRun(
    args: string,
    status: number,
    shown: RegExp | string,
    options: CommandOptions = {},
  ) {
    const { stdout, stderr, ...ran } = await service.run(args, options);
    const all = `${stdout}${stderr}`;
    expect(ran.status, `${args}: ${all}`).toBe(status);
    if (shown instanceof RegExp) expect(all).toMatch(shown);
    else expect(all).toContain(shown);
    expect(secretsIn(all)).toEqual([]);
    return stdout;
  }

  test("app adds, lists, shows, updates and removes an app", async () => {
    const input = `${SECRET}\n`;
    await expectRun("app add wx-new --force --title Shop --secret-stdin", 0, /^title +Shop$/m, {
      input,
    });
    await expectRun(
      `app add wx-file --force --secret-file ${folder}/secret`,
      0,
      /^appid +wx-file$/m,
    );
    await expectRun("app add wx-new --force --secret-stdin", 5, "registered already", { input });
    await expectRun("app list", 0, /^APPID +NUMBER .*\n(.*\n)*wx-new +3 +Shop +stable /m);
    await expectRun(
      "app show wx-new",
      0,
      /^sessions per user +the server's option sessions_per_user$/m,
    );
    await expectRun(
      "app update wx-new --sessions-per-user 3 --token-endpoint legacy --login-duration-days 7",
      0,
      /^login lapses +7 days .*\n(.*\n)*sessions per user +3\ntokens come from +token/m,
    );
    await expectRun(
      "app update wx-new --sessions-per-user default",
      0,
      "the server's option sessions_per_user",
    );
    await expectRun("app update wx-new --secret-stdin", 0, /^appid +wx-new$/m, {
      input: "another-secret",
    });
    await expectRun("app update wx-new", 2, "no change was given");
    await expectRun("app remove wx-new", 2, "confirm by --yes");
    await expectRun("app show wx-new", 0, "wx-new");
    await expectRun("app remove wx-new --yes", 0, "removed wx-new");
    await expectRun("app remove wx-file -y", 0, "removed wx-file");
    await expectRun("app show wx-new", 3, "No such app");
  });

  test.each([
    { appid: "gh_0123456789ab", says: "is the original id of an account" },
    { appid: "WX1234567890ABCDEF", says: "did you mean wx1234567890abcdef?" },
    { appid: "wx1234567890abcde", says: "is not an appid" },
    { appid: "wx1234567890abcdeg", says: "is not an appid" },
    { appid: "ww1234567890abcdef", says: "is a corpid of WeCom" },
    { appid: "0123456789abcdef0123456789abcdef", says: "the given id looks like an AppSecret" },
  ])("app add refuses $appid before it asks for a secret", async ({ appid, says }) => {
    await expectRun(`app add ${appid}`, 2, says);
    await expectRun(`app show ${appid}`, 3, "No such app");
  });

  test.each([
    { agent: "ww123:1", says: "has no corpid before the colon" },
    { agent: "WW1234567890ABCDEF:1", says: "did you mean ww1234567890abcdef?" },
    { agent: "ww1234567890abcdef:contacts", says: "an agentid is a number" },
    { agent: "ww1234567890abcdef", says: "corpid:agentid" },
  ])("agent add refuses $agent before it asks for a secret", async ({ agent, says }) => {
    await expectRun(`agent add ${agent}`, 2, says);
  });

  test("times are in the machine's zone, and in UTC with --utc or as JSON", async () => {
    const environment = { TZ: "Asia/Shanghai" };
    await expectRun("app list", 0, /\d\d:\d\d:\d\d \+08:00$/m, { environment });
    await expectRun(`app show ${APP.appid}`, 0, /^registered .* \+08:00$/m, { environment });
    await expectRun(`app show ${APP.appid} --utc`, 0, /^registered .*:\d\dZ$/m, { environment });
    await expectRun("app list --utc", 0, /:\d\dZ$/m, { environment });
    await expectRun("app list --json", 0, /"createdAt":"[^"]*Z"/, { environment });
  });

  test("app add refuses a secret on the command line, and names each mistake", async () => {
    await expectRun(
      "app add wx-x --force --secret x",
      2,
      "--secret does not exist, because every user",
    );
    await expectRun(
      "app add wx-x --force",
      2,
      "the AppSecret of wx-x is missing: give it by --secret-file",
    );
    await expectRun("app add wx-x --force --secret-stdin", 2, "the AppSecret of wx-x is empty", {
      input: "\n",
    });
    await expectRun("app add wx-x --force --secret-file /nowhere", 1, "cannot read /nowhere");
    await expectRun("app add wx-x --force --secret-stdin", 2, "secret must be the secret", {
      input: "a b",
    });
    await expectRun(
      "app add wx-x --force --secret-stdin --login-duration-days x",
      2,
      "must be a whole number",
      {
        input: SECRET,
      },
    );
    await expectRun(
      "app add wx-x --force --secret-stdin --login-duration-days 0",
      2,
      "loginDurationDays must be",
      {
        input: SECRET,
      },
    );
    await expectRun("app list --limit 0", 2, "--limit must be a whole number");
    await expectRun("app list --cursor x", 2, "cursor is not a cursor of this list");
    await expectRun("agent show ww1", 2, "a WeCom agent is named corpid:agentid");
    await expectRun(
      `session revoke ${APP.appid} .. --user x`,
      2,
      "name a session by its id, a user",
    );
    // As a path this would address the app itself.
    await expectRun(`session revoke ${APP.appid} ..`, 2, '".." is not a valid name');
    await expectRun(`app show ${APP.appid}`, 0, APP.appid);
    await expectRun("app shw", 2, "Did you mean show?");
  });

  test("--json prints the answer of the API, and its problem on standard error", async () => {
    const app = JSON.parse(await expectRun(`app show ${APP.appid} --json`, 0, APP.appid));
    expect(app).toMatchObject({ appid: APP.appid, number: 1, sessionsPerUser: null });
    const page = JSON.parse(await expectRun("app list --limit 1 --json", 0, APP.appid));
    expect(page).toEqual({ items: [app], next: page.next });
    const rest = JSON.parse(
      await expectRun(`app list --json --cursor ${page.next}`, 0, OTHER_APP.appid),
    );
    expect(rest).toMatchObject({ items: [{ appid: OTHER_APP.appid }], next: null });
    expect(JSON.parse(await expectRun("key list --json", 0, "items"))).toEqual({
      items: [],
      next: null,
    });
    const refused = await service.run("app show wx-nobody --json");
    expect(refused).toMatchObject({ status: 3, stdout: "" });
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: "appNotFound", status: 404 });
    const missing = await service.run("app add wx-x --force --json");
    expect(JSON.parse(missing.stderr)).toMatchObject({
      title: expect.stringContaining("is missing"),
    });
  });

  test("session lists, shows and revokes sessions, of an app or of a user", async () => {
    const { appid } = APP;
    await expectRun(
      `session list ${appid} --limit 2`,
      0,
      /^ID .*NICKNAME.*\n.*active.*\n.*active.*\nthere are more/,
    );
    expect((await service.run(`session list ${appid} --all`)).stdout.split("\n")).toHaveLength(5);
    await expectRun(
      `session list ${appid} --user ${alice.openid}`,
      0,
      /^ID.*\n[0-9a-f]{32} .*alice.*\n$/,
    );
    await expectRun(
      `session show ${appid} ${alice.id}`,
      0,
      /^state +active$(.*\n)*user .*"nickName":"alice"/m,
    );
    await expectRun(`session show ${appid} nobody`, 3, "No such session");
    await expectRun(`session show ${OTHER_APP.appid} ${alice.id}`, 3, "No such session");
    await expectRun(`session revoke ${appid} ${alice.id}`, 0, "ended the session");
    await expectRun(`session revoke ${appid} ${alice.id}`, 3, "No such session");
    const { openid } = service.production.user("bob");
    await expectRun(`session revoke ${appid} --user ${openid}`, 2, "confirm by --yes");
    await expectRun(`session revoke ${appid} --user ${openid} --yes`, 0, "ended 1 sessions");
    const none = await expectRun(
      `session revoke ${appid} --user ${openid} --yes --json`,
      0,
      "revoked",
    );
    expect(JSON.parse(none)).toEqual({ revoked: 0, complete: true });
    await expectRun(`session list ${OTHER_APP.appid}`, 0, "there is no session");
  });

  test("token get prints the token alone, and token rotate another one than the failed one", async () => {
    const { appid } = APP;
    const get = async (args = "") => (await service.run(`token get ${appid}${args}`)).stdout;
    const first = await get();
    expect(first).toMatch(/^stable_[0-9a-f]+\n$/);
    expect(await get()).toBe(first);
    expect(JSON.parse(await get(" --json"))).toMatchObject({
      kind: "access-token",
      value: first.trim(),
    });
    expect(await get(" --kind jsapi-ticket")).toMatch(/^ticket_\w+\n$/);
    noteSecret(first.trim());
    const second = (await service.run(`token rotate ${appid}`, { input: first })).stdout;
    expect(second).toMatch(/^stable_[0-9a-f]+\n$/);
    expect(second).not.toBe(first);
    // A failed token that is no longer current is not renewed: the current one is printed.
    const same = await service.run(`token rotate ${appid} --failed-token-stdin`, { input: first });
    expect(same.stdout).toBe(second);
    writeFileSync(join(folder, "failed"), second);
    noteSecret(second.trim());
    const third = await service.run(`token rotate ${appid} --failed-token-file ${folder}/failed`);
    expect(third.stdout).not.toBe(second);
    expect((await service.run(`token rotate ${appid} --force`)).status).toBe(0);
    await expectRun(`token rotate ${appid}`, 2, "is empty");
    await expectRun(`token rotate ${appid} --failed-token x`, 2, "--failed-token does not exist");
    await expectRun(`token get ${appid} --kind agent-ticket`, 2, "kind must be one of");
    await expectRun("token get wx-nobody", 3, "No such app");
    service.production.sandbox.world.apps.set(OTHER_APP.appid, "no longer this");
    await expectRun(
      `token get ${OTHER_APP.appid}`,
      6,
      /WeChat refused the app or the agent\n +WeChat said 40125/,
    );
  });

  test("agent adds, replaces, lists, shows and removes a WeCom agent, and token get gets its token", async () => {
    const input = `${AGENT_SECRET}\n`;
    service.production.sandbox.world.agents.set(AGENT, AGENT_SECRET);
    await expectRun(
      `agent add ${AGENT} --remark contacts --secret-stdin`,
      0,
      /^remark +contacts$/m,
      {
        input,
      },
    );
    await expectRun(
      `agent add ${AGENT} --secret-stdin`,
      0,
      "was already registered, and is replaced",
      {
        input,
      },
    );
    await expectRun("agent list", 0, new RegExp(`^AGENT .*\n${AGENT} `));
    await expectRun(`agent show ${AGENT}`, 0, AGENT);
    expect((await service.run(`token get ${AGENT}`)).stdout).toMatch(/^\w+\n$/);
    expect((await service.run(`token get ${AGENT} --kind agent-ticket`)).stdout).toMatch(/^\w+\n$/);
    await expectRun(`agent remove ${AGENT}`, 2, "confirm by --yes");
    await expectRun(`agent remove ${AGENT} --yes`, 0, `removed ${AGENT}`);
    await expectRun(`agent show ${AGENT}`, 3, "No such agent");
  });

  test("key creates a service key, prints it alone and once, lists and revokes it", async () => {
    const made = await service.run(
      `key create --title shop --app ${APP.appid} --can token,session.read`,
    );
    expect(made.stdout).toMatch(/^waferd_key_[0-9a-f]{64}\n$/);
    noteSecret(made.stdout.trim());
    const [, id = ""] = /The key (\w+), shown this once/.exec(made.stderr) ?? [];
    await expectRun(
      "key list",
      0,
      new RegExp(`^${id} +shop +${APP.appid} +token,session.read +never +never *$`, "m"),
    );
    await expectRun(`key create --title x --app wx-nobody --can token`, 2, "not registered");
    await expectRun(`key create --title x --app ${APP.appid} --can all`, 2, "capabilities");
    await expectRun(
      `key create --title x --app ${APP.appid} --can token --expires-at soon`,
      2,
      "--expires-at",
    );
    await expectRun(`key create --app ${APP.appid} --can token`, 2, "--title");
    await expectRun(`key revoke ${id}`, 2, "confirm by --yes");
    await expectRun(`key revoke ${id} --yes`, 0, `revoked the key ${id}`);
    await expectRun(`key revoke ${id} --yes`, 3, "No such service key");
  });

  test("app show replaces control characters in titles", async () => {
    const title = "\u001b[31mred\u009b31m\u202e";
    const { dataDir } = service.production.waferd;
    const made = await runCommand(
      [
        "app",
        "add",
        "wx-title",
        "--force",
        "--title",
        title,
        "--secret-stdin",
        "--data-dir",
        dataDir,
        "--port",
        UNUSED_PORT,
      ],
      { input: SECRET },
      dataDir,
    );
    expect(made.status).toBe(0);
    const { stdout } = await service.run("app show wx-title");
    expect(stdout).toContain("red");
    for (const control of ["\u001b", "\u009b", "\u202e"]) expect(stdout).not.toContain(control);
    await expectRun("app remove wx-title --yes", 0, "removed");
  });
});

test.each<{ cause: string; environment?: Record<string, string>; fault?: Fault; says: RegExp }>([
  {
    cause: "a name that is not found",
    environment: { WAFERD_WECHAT_API_BASE: "http://nowhere.invalid" },
    says: /cannot be reached: nowhere\.invalid: name not found/,
  },
  {
    cause: "a refused connection",
    environment: { WAFERD_WECHAT_API_BASE: "http://127.0.0.1:1" },
    says: /cannot be reached: 127\.0\.0\.1:1: connection refused/,
  },
  {
    cause: "a proxy that is not there",
    environment: { WAFERD_WECHAT_PROXY: "http://127.0.0.1:2" },
    says: /cannot be reached: 127\.0\.0\.1:2: connection refused/,
  },
  {
    cause: "HTML",
    fault: { body: "<html>" },
    says: /answer is invalid: 127\.0\.0\.1:\d+: .* is not a JSON object/,
  },
  { cause: "HTTP 502", fault: { status: 502 }, says: /reached: 127\.0\.0\.1:\d+: HTTP 502/ },
  {
    cause: "a wrong AppSecret",
    fault: { errcode: 40125, errmsg: "invalid appsecret" },
    says: /WeChat said 40125: invalid appsecret.*\n.*app update <appid> --ask-secret/,
  },
  {
    cause: "an address that is not on the white list",
    fault: { errcode: 40164, errmsg: "invalid ip 203.0.113.7, not in whitelist" },
    says: /add 203\.0\.113\.7 to the IP white list/,
  },
])("token get without a server names $cause", async ({ environment = {}, fault, says }) => {
  await using sandbox = await startSandbox({
    clock: { now: () => Date.now(), sleep: Bun.sleep },
    random,
  }).then((started) => ({ ...started, [Symbol.asyncDispose]: () => started.stop() }));
  using folder = tempFolder();
  sandbox.world.apps.set(APP.appid, APP.secret);
  const flags = ["--data-dir", `${folder.path}/data`, "--port", UNUSED_PORT];
  const run = (args: string, input = "") =>
    runCommand([...args.split(" "), ...flags], {
      input,
      environment: { WAFERD_WECHAT_API_BASE: sandbox.apiBase, ...environment },
    });
  expect((await run(`app add ${APP.appid} --secret-stdin`, APP.secret)).status).toBe(0);
  if (fault !== undefined) sandbox.faults.set("/cgi-bin/stable_token", fault);
  const { status, stderr } = await run(`token get ${APP.appid}`);
  expect(stderr).toMatch(says);
  expect(status).toBe(6);
  expect(secretsIn(stderr)).toEqual([]);
});
