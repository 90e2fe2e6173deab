/** Who may call what: every operation, as a guest, with service keys, and with the admin key. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { capabilityNames } from "../../src/core/access/service-key.ts";
import { nextBackupName } from "../../src/core/backups/backup.ts";
import { DEMO_AGENT } from "../../src/sandbox/world.ts";
import { Api, type ApiAnswer, type ApiRequest } from "../harness/api.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret, secretsIn } from "../harness/secrets.ts";
import { testStore } from "../harness/stores/store.ts";

const { corpid, agentid } = DEMO_AGENT;
const AGENT = `${corpid}:${agentid}`;
const AGENT_SECRET = "the-secret-of-the-agent-of-the-tests";
const OTHER_AGENT = `${corpid}:1000009`;

interface Call {
  path: string;
  request?: Omit<ApiRequest, "key">;
}

interface Row {
  /** `open`, `admin`, or the capability of a service key, and the app or agent that it is for. */
  need: string;
  of?: "app" | "agent";
  status: number;
  /** Members of the answer that hold a secret by the operation's purpose. */
  gives?: string[];
  /** Prepares the call's target, and returns the call. */
  call: () => Promise<Call> | Call;
  /** The same call with a target that does not exist. */
  missing?: Call;
}

const isEmbedded = !testStore.takesSeveralServers;

let production: Production;
let api: Api;
let serial = 0;
function fresh(prefix: string): string {
  serial += 1;
  return `${prefix}${serial}`;
}

const admin = (method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> =>
  api.call(method, path, { ...request, key: production.adminKey });

async function newApp(): Promise<string> {
  const appid = fresh("wx-");
  await admin("POST", "/apps", { body: { appid, secret: "the-secret-of-a-new-app" } });
  return appid;
}

/** Creates a service key by the API. */
async function newKey(
  apps: string[],
  capabilities: readonly string[],
): Promise<{ id: string; key: string }> {
  const { body } = await admin("POST", "/service-keys", {
    body: { title: "test", apps, capabilities },
  });
  noteSecret(body.key);
  return body;
}

/** Logs a new user in, and returns the client's data too. */
async function newSession() {
  const user = production.user(fresh("user-"));
  const { id, skey } = (await production.login(user)).returnData;
  return { user, id, skey, data: production.device(user) };
}

/** Returns a session whose user data still decrypts: a later wx.login changes the session_key. */
async function newSessionWithData() {
  const user = production.user(fresh("user-"));
  const { code, encryptedData, iv } = production.device(user);
  const { body } = await api.call("POST", "/sessions", { body: { appid: APP.appid, code } });
  noteSecret(body.skey);
  return { id: body.id, skey: body.skey, encryptedData, iv };
}

/** Puts a folder among the backups; a shared store has none, and answers alike for every name. */
function newBackup(): Call {
  serial += 1;
  const name = nextBackupName([], Date.UTC(2020, 0, 1) + serial * 1000);
  const folder = join(production.waferd.dataDir, "backups", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "data.mdb"), "a backup");
  return { path: `/backups/${name}` };
}

const agentPath = `/work-agents/${corpid}/${agentid}`;
const appPath = `/apps/${APP.appid}`;
const page = { url: "https://example.com/" };
const cos = { secretId: "the-secret-id-of-cos", secretKey: "the-secret-key-of-cos" };

const ROWS: Record<string, Row> = {
  "POST /sessions": {
    need: "open",
    status: 201,
    gives: ["skey"],
    call() {
      const { code, encryptedData, iv } = production.device(production.user(fresh("user-")));
      return {
        path: "/sessions",
        request: { body: { appid: APP.appid, code, encryptedData, iv } },
      };
    },
  },
  "POST /sessions/{id}/verify": {
    need: "open",
    status: 200,
    async call() {
      const { id, skey } = await newSession();
      return { path: `/sessions/${id}/verify`, request: { body: { skey } } };
    },
  },
  "PUT /sessions/{id}/user-info": {
    need: "open",
    status: 200,
    async call() {
      const { id, ...body } = await newSessionWithData();
      return { path: `/sessions/${id}/user-info`, request: { body } };
    },
  },
  "PATCH /sessions/{id}/user-info": {
    need: "open",
    status: 200,
    async call() {
      const { id, skey } = await newSessionWithData();
      return { path: `/sessions/${id}/user-info`, request: { body: { skey, nickName: "own" } } };
    },
  },
  "POST /sessions/{id}/decrypt": {
    need: "open",
    status: 200,
    async call() {
      const { id, ...body } = await newSessionWithData();
      return { path: `/sessions/${id}/decrypt`, request: { body } };
    },
  },
  "GET /apps": { need: "admin", status: 200, call: () => ({ path: "/apps" }) },
  "POST /apps": {
    need: "admin",
    status: 201,
    call: () => ({
      path: "/apps",
      request: { body: { appid: fresh("wx-"), secret: "the-secret-of-a-new-app" } },
    }),
  },
  "POST /apps/check": {
    need: "admin",
    status: 200,
    call: () => ({
      path: "/apps/check",
      request: { body: { appid: APP.appid, secret: APP.secret } },
    }),
  },
  "GET /apps/{appid}": {
    need: "admin",
    status: 200,
    call: () => ({ path: appPath }),
    missing: { path: "/apps/nobody" },
  },
  "PATCH /apps/{appid}": {
    need: "admin",
    status: 200,
    call: async () => ({
      path: `/apps/${await newApp()}`,
      request: {
        headers: { "If-Match": "*" },
        body: { title: "new", secret: "another-secret-of-the-app" },
      },
    }),
    missing: {
      path: "/apps/nobody",
      request: { headers: { "If-Match": "*" }, body: { title: "new" } },
    },
  },
  "DELETE /apps/{appid}": {
    need: "admin",
    status: 204,
    call: async () => ({ path: `/apps/${await newApp()}` }),
    missing: { path: "/apps/nobody" },
  },
  "GET /apps/{appid}/sessions": {
    need: "session.read",
    of: "app",
    status: 200,
    call: () => ({ path: `${appPath}/sessions` }),
    missing: { path: "/apps/nobody/sessions" },
  },
  "DELETE /apps/{appid}/sessions": {
    need: "session.revoke",
    of: "app",
    status: 200,
    call: async () => ({ path: `${appPath}/sessions?openid=${(await newSession()).user.openid}` }),
    missing: { path: "/apps/nobody/sessions?openid=x" },
  },
  "GET /apps/{appid}/sessions/{id}": {
    need: "session.read",
    of: "app",
    status: 200,
    call: async () => ({ path: `${appPath}/sessions/${(await newSession()).id}` }),
    missing: { path: `${appPath}/sessions/nobody` },
  },
  "DELETE /apps/{appid}/sessions/{id}": {
    need: "session.revoke",
    of: "app",
    status: 204,
    call: async () => ({ path: `${appPath}/sessions/${(await newSession()).id}` }),
    missing: { path: `${appPath}/sessions/nobody` },
  },
  "POST /apps/{appid}/sessions/{id}/session-key/check": {
    need: "session.read",
    of: "app",
    status: 200,
    call: async () => ({
      path: `${appPath}/sessions/${(await newSession()).id}/session-key/check`,
    }),
    missing: { path: `${appPath}/sessions/nobody/session-key/check` },
  },
  "POST /apps/{appid}/sessions/{id}/session-key/reset": {
    need: "session.revoke",
    of: "app",
    status: 204,
    call: async () => ({
      path: `${appPath}/sessions/${(await newSessionWithData()).id}/session-key/reset`,
    }),
    missing: { path: `${appPath}/sessions/nobody/session-key/reset` },
  },
  "GET /credentials": { need: "admin", status: 200, call: () => ({ path: "/credentials" }) },
  "GET /apps/{appid}/credentials/{kind}": {
    need: "token",
    of: "app",
    status: 200,
    gives: ["value"],
    call: () => ({ path: `${appPath}/credentials/access-token` }),
    missing: { path: "/apps/nobody/credentials/access-token" },
  },
  "POST /apps/{appid}/credentials/{kind}/renew": {
    need: "ticket",
    of: "app",
    status: 200,
    gives: ["value"],
    call: () => ({
      path: `${appPath}/credentials/jsapi-ticket/renew`,
      request: { body: { rotate: "a-dead-ticket" } },
    }),
    missing: {
      path: "/apps/nobody/credentials/jsapi-ticket/renew",
      request: { body: { rotate: "a-dead-ticket" } },
    },
  },
  "GET /work-agents/{corpid}/{agentid}/credentials/{kind}": {
    need: "ticket",
    of: "agent",
    status: 200,
    gives: ["value"],
    call: () => ({ path: `${agentPath}/credentials/agent-ticket` }),
    missing: { path: `/work-agents/${corpid}/0/credentials/agent-ticket` },
  },
  "POST /work-agents/{corpid}/{agentid}/credentials/{kind}/renew": {
    need: "token",
    of: "agent",
    status: 200,
    gives: ["value"],
    call: () => ({
      path: `${agentPath}/credentials/access-token/renew`,
      request: { body: { force: true } },
    }),
    missing: {
      path: `/work-agents/${corpid}/0/credentials/access-token/renew`,
      request: { body: { force: true } },
    },
  },
  "GET /work-agents": { need: "admin", status: 200, call: () => ({ path: "/work-agents" }) },
  "GET /work-agents/{corpid}/{agentid}": {
    need: "admin",
    status: 200,
    call: () => ({ path: agentPath }),
    missing: { path: `/work-agents/${corpid}/0` },
  },
  "PUT /work-agents/{corpid}/{agentid}": {
    need: "admin",
    status: 201,
    call: () => ({
      path: `/work-agents/${corpid}/${fresh("agent-")}`,
      request: { body: { secret: AGENT_SECRET, remark: "r" } },
    }),
    missing: { path: agentPath, request: { body: { secret: AGENT_SECRET } } },
  },
  "DELETE /work-agents/{corpid}/{agentid}": {
    need: "admin",
    status: 204,
    async call() {
      const path = `/work-agents/${corpid}/${fresh("agent-")}`;
      await admin("PUT", path, { body: { secret: AGENT_SECRET } });
      return { path };
    },
    missing: { path: `/work-agents/${corpid}/0` },
  },
  "POST /apps/{appid}/js-sdk-signature": {
    need: "ticket",
    of: "app",
    status: 200,
    call: () => ({ path: `${appPath}/js-sdk-signature`, request: { body: page } }),
    missing: { path: "/apps/nobody/js-sdk-signature", request: { body: page } },
  },
  "POST /work-agents/{corpid}/{agentid}/js-sdk-signature": {
    need: "ticket",
    of: "agent",
    status: 200,
    call: () => ({
      path: `${agentPath}/js-sdk-signature`,
      request: { body: { ...page, for: "config" } },
    }),
    missing: {
      path: `/work-agents/${corpid}/0/js-sdk-signature`,
      request: { body: { ...page, for: "config" } },
    },
  },
  "POST /apps/{appid}/phone-number": {
    need: "phone",
    of: "app",
    status: 200,
    call() {
      const code = production.sandbox.world.givePhoneCode(APP.appid, "13800138000");
      return { path: `${appPath}/phone-number`, request: { body: { code } } };
    },
    missing: { path: "/apps/nobody/phone-number", request: { body: { code: "c" } } },
  },
  "POST /cos-signatures": {
    need: "open",
    status: 201,
    call: () => ({
      path: "/cos-signatures",
      request: { body: { ...cos, method: "GET", path: "/a" } },
    }),
  },
  "POST /cos-signatures/legacy": {
    need: "open",
    status: 201,
    call: () => ({
      path: "/cos-signatures/legacy",
      request: { body: { ...cos, appid: "200001", bucket: "b", path: "/a" } },
    }),
  },
  "GET /gateway-calls": { need: "admin", status: 200, call: () => ({ path: "/gateway-calls" }) },
  "GET /service-keys": { need: "admin", status: 200, call: () => ({ path: "/service-keys" }) },
  "POST /service-keys": {
    need: "admin",
    status: 201,
    gives: ["key"],
    call: () => ({
      path: "/service-keys",
      request: { body: { title: "t", apps: [APP.appid], capabilities: ["token"] } },
    }),
  },
  "GET /service-keys/{id}": {
    need: "admin",
    status: 200,
    call: async () => ({ path: `/service-keys/${(await newKey([APP.appid], ["token"])).id}` }),
    missing: { path: "/service-keys/0000000000000000" },
  },
  "DELETE /service-keys/{id}": {
    need: "admin",
    status: 204,
    call: async () => ({ path: `/service-keys/${(await newKey([APP.appid], ["token"])).id}` }),
    missing: { path: "/service-keys/0000000000000000" },
  },
  "GET /audit": { need: "admin", status: 200, call: () => ({ path: "/audit?limit=200" }) },
  "GET /users": {
    need: "admin",
    status: 200,
    call: async () => ({ path: `/users?openid=${(await newSession()).user.openid}` }),
  },
  "GET /backups": { need: "admin", status: 200, call: () => ({ path: "/backups" }) },
  "POST /backups": {
    need: "admin",
    status: isEmbedded ? 201 : 409,
    call: () => ({ path: "/backups" }),
  },
  "GET /backups/{name}": {
    need: "admin",
    status: isEmbedded ? 200 : 409,
    call: newBackup,
    ...(isEmbedded && { missing: { path: "/backups/waferd-000001-20190101T000000Z" } }),
  },
  "DELETE /backups/{name}": {
    need: "admin",
    status: isEmbedded ? 204 : 409,
    call: newBackup,
    ...(isEmbedded && { missing: { path: "/backups/waferd-000001-20190101T000000Z" } }),
  },
  "GET /server": { need: "admin", status: 200, call: () => ({ path: "/server" }) },
  "GET /server/config": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/config" }),
  },
  "GET /server/doctor": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/doctor" }),
  },
  "GET /server/store-check": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/store-check" }),
  },
  "POST /server/store-check": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/store-check" }),
  },
  "POST /server/reload": {
    need: "admin",
    status: 202,
    call: () => ({ path: "/server/reload" }),
  },
  "GET /server/logs": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/logs?limit=200" }),
  },
  "GET /server/last-reload": {
    need: "admin",
    status: 200,
    call: () => ({ path: "/server/last-reload" }),
  },
  "GET /server/key-proof": {
    need: "open",
    status: 200,
    call: () => ({ path: `/server/key-proof?nonce=${"0".repeat(64)}` }),
  },
  "GET /stats": { need: "admin", status: 200, call: () => ({ path: "/stats" }) },
  "GET /stats/series": {
    need: "admin",
    status: 200,
    call: () => ({ path: `/stats/series?app=${APP.appid}` }),
    missing: { path: "/stats/series?app=nobody" },
  },
  "GET /overview": { need: "admin", status: 200, call: () => ({ path: "/overview" }) },
  "GET /apps/{appid}/stats": {
    need: "admin",
    status: 200,
    call: () => ({ path: `${appPath}/stats` }),
    missing: { path: "/apps/nobody/stats" },
  },
};

beforeAll(async () => {
  production = await startProduction({ args: ["--limits-failed-keys", "off"] });
  production.sandbox.world.agents.set(AGENT, AGENT_SECRET);
  api = await Api.of(production.waferd);
  noteSecret(AGENT_SECRET, cos.secretKey);
  for (const id of [agentid, "1000009"])
    await admin("PUT", `/work-agents/${corpid}/${id}`, { body: { secret: AGENT_SECRET } });
  // Lists need entries in order to leak them.
  for (const kind of ["access-token", "jsapi-ticket"])
    noteSecret((await admin("GET", `${appPath}/credentials/${kind}`)).body.value);
});
afterAll(() => production[Symbol.asyncDispose]());

/** Removes the request id, by which alone equal answers differ. */
const withoutId = ({ status, body }: ApiAnswer) => ({ status, body: { ...body, requestId: "" } });

test("ROWS has a row for every operation", () => {
  const operations = api.document.operations
    .map(({ name }) => name)
    .filter((name) => name.includes(" /api/v1/"))
    .map((name) => name.replace("/api/v1", ""));
  expect(Object.keys(ROWS).sort()).toEqual(operations.sort());
});

describe.each(Object.entries(ROWS).map(([name, row]) => ({ name, row })))(
  "$name",
  ({ name, row }) => {
    const [method = ""] = name.split(" ");
    const ownApp = row.of === "agent" ? AGENT : APP.appid;
    const otherApp = row.of === "agent" ? OTHER_AGENT : OTHER_APP.appid;

    const run = async ({ path, request }: Call, key: string | null): Promise<ApiAnswer> =>
      api.call(method, path, { ...request, ...(key !== null && { key }) });

    const succeeds = async (key: string | null) => {
      const answer = await run(await row.call(), key);
      expect(answer.status).toBe(row.status);
      const shown = { ...answer.body };
      for (const member of row.gives ?? []) {
        expect(shown[member]).toBeString();
        noteSecret(shown[member]);
        delete shown[member];
      }
      expect(secretsIn(JSON.stringify(shown))).toEqual([]);
      expect(secretsIn(JSON.stringify([...answer.headers]))).toEqual([]);
    };

    /** Expects the same refusal for an existing target, a missing one, and a malformed request. */
    const refuses = async (key: string | null, status: number, code: string) => {
      const refused = await run(await row.call(), key);
      expect(refused.body).toMatchObject({ status, code });
      const others: Call[] = [
        { path: (await row.call()).path.replace(/\?.*/, ""), request: { body: "{" } },
      ];
      if (row.missing !== undefined && (key === null || status === 401)) others.push(row.missing);
      for (const other of others) {
        const answer =
          method === "GET" ? await run({ path: other.path }, key) : await run(other, key);
        expect(withoutId(answer)).toEqual(withoutId(refused));
      }
      expect(secretsIn(refused.text)).toEqual([]);
    };

    if (row.need === "open") {
      test("the operation accepts a caller without a key", () => succeeds(null));
      test("the operation accepts a wrong key", () => succeeds("waferd_key_wrong"));
      return;
    }

    test("the operation refuses a caller without a key, and reveals nothing", () =>
      refuses(null, 401, "keyRequired"));

    test.each<{ key: string; form: string }>([
      { key: "", form: "an empty key" },
      { key: "x".repeat(43), form: "a key of another form" },
      { key: `waferd_key_${"0".repeat(64)}`, form: "an unknown key" },
    ])("the operation refuses $form", ({ key }) => refuses(key, 401, "keyRequired"));

    test("the operation refuses a service key of another app", async () => {
      const { key } = await newKey([otherApp], capabilityNames);
      await refuses(key, 403, "forbidden");
      if (
        row.need !== "admin" &&
        row.missing !== undefined &&
        !row.missing.path.startsWith(appPath)
      )
        expect(withoutId(await run(row.missing, key))).toEqual(
          withoutId(await run(await row.call(), key)),
        );
    });

    test("the operation refuses a service key of the right app without the capability", async () => {
      const { key } = await newKey(
        [ownApp],
        capabilityNames.filter((capability) => capability !== row.need),
      );
      await refuses(key, 403, "forbidden");
    });

    if (row.need === "admin")
      test("the operation refuses a service key of the right app", async () => {
        const { key } = await newKey([APP.appid, AGENT], capabilityNames);
        await refuses(key, 403, "forbidden");
      });
    else
      test("the operation accepts a service key of the right app with the capability", async () => {
        const { id, key } = await newKey([ownApp], [row.need]);
        await succeeds(key);
        await admin("DELETE", `/service-keys/${id}`);
        await refuses(key, 401, "keyRequired");
      });

    test("the operation accepts the admin key", () => succeeds(production.adminKey));

    if (row.missing !== undefined && !name.startsWith("PUT"))
      test("the operation answers the admin key 404 for a missing target", async () => {
        expect((await run(row.missing as Call, production.adminKey)).status).toBe(404);
      });
  },
);
