/** Every way to send an honest request, and requests that no honest client sends. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";

let production: Production;
let proof: { id: string; skey: string };
beforeAll(async () => {
  production = await startProduction({
    environment: { WAFERD_ENVELOPE_PATHS: "/wafer, /old/mina_auth", WAFERD_LOG_LEVEL: "debug" },
  });
  const { id, skey } = (await production.login(production.user("alice"))).returnData;
  proof = { id, skey };
});
afterAll(() => production[Symbol.asyncDispose]());

const authBody = (members: object = {}) =>
  JSON.stringify({ interface: { interfaceName: "qcloud.cam.auth", para: proof, ...members } });

const isAlive = async () =>
  (await production.waferd.call("qcloud.cam.auth", proof)).returnCode === 0;

test.each([
  "/",
  "/mina_auth",
  "/mina_auth/",
  "/mina_auth/index.php",
  "/release/mina_auth/",
  "/wafer",
  "/old/mina_auth",
  "//mina_auth//",
  "//wafer",
])("POST %s is the envelope", async (path) => {
  expect((await production.waferd.call("qcloud.cam.auth", proof, { path })).returnMessage).toBe(
    "AUTH_SUCCESS",
  );
});

test.each([
  "application/json",
  "application/json; charset=gbk",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/xml",
  "nonsense",
  "",
])("the body is JSON under content type %j", async (type) => {
  const response = await production.waferd.post(authBody(), { headers: { "Content-Type": type } });
  expect((await production.waferd.read(response)).returnCode).toBe(0);
});

test("curl -d, as the old README has it, works", async () => {
  const curl = Bun.spawnSync(["curl", "-s", "-d", authBody(), production.waferd.url]);
  expect(JSON.parse(curl.stdout.toString())).toMatchObject({ returnCode: 0 });
});

test("a chunked body is read like any other", async () => {
  const chunks = authBody().match(/.{1,20}/gs) ?? [];
  const body = new ReadableStream({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
  });
  const response = await fetch(production.waferd.url, { method: "POST", body });
  expect((await production.waferd.read(response)).returnCode).toBe(0);
});

test.each<{ name: string; members: { appid?: string; para?: object } }>([
  { name: "in interface", members: { appid: APP.appid } },
  { name: "in para", members: { para: { appid: APP.appid } } },
  { name: "in both places", members: { appid: APP.appid, para: { appid: APP.appid } } },
  ...["appId", "AppID", "APPID", "Appid"].flatMap((member) => [
    { name: `as ${member} in interface`, members: { [member]: APP.appid } },
    { name: `as ${member} in para`, members: { para: { [member]: APP.appid } } },
    {
      name: `as ${member} and as appid`,
      members: { [member]: APP.appid, para: { appid: APP.appid } },
    },
  ]),
  { name: "in neither place", members: {} },
  { name: "empty in interface", members: { appid: "" } },
  { name: "null in para", members: { para: { appid: null } } },
])("an appid may stand $name", async ({ members }) => {
  const body = authBody({ ...members, para: { ...proof, ...members.para } });
  expect((await production.waferd.read(await production.waferd.post(body))).returnCode).toBe(0);
});

test("version and componentName are not looked at", async () => {
  const { interface: called } = JSON.parse(authBody());
  const body = JSON.stringify({ version: "99", componentName: null, interface: called });
  expect((await production.waferd.read(await production.waferd.post(body))).returnCode).toBe(0);
});

test("numbers and booleans count as their text", async () => {
  const answer = await production.waferd.call("qcloud.cam.auth", { id: 12345, skey: true });
  expect(answer).toMatchObject({ returnCode: 60012, returnMessage: "AUTH_ERR_NO_EXIST" });
  const initapp = { appid: 20260101, secret: 1234567890 };
  const made = await production.waferd.call("qcloud.cam.initapp", initapp, {
    key: production.adminKey,
  });
  expect(made).toMatchObject({ returnCode: 0, returnData: { appid: "20260101" } });
});

test("pluses in Base64 that became spaces are restored", async () => {
  const user = production.user("plus");
  production.sandbox.world.change(user, { sessionKey: "++++++++++++++++++++++==" });
  let client = production.device(user);
  while (!client.encryptedData.includes("+") || !client.iv.includes("+"))
    client = production.device(user);
  const damage = (text: string) => text.replaceAll("+", " ");
  const answer = await production.waferd.call("qcloud.cam.id_skey", {
    code: client.code,
    encrypt_data: damage(client.encryptedData),
    iv: damage(client.iv),
  });
  expect(answer).toMatchObject({ returnCode: 0, returnData: { user_info: { nickName: "plus" } } });
});

test("emoji and rare characters in a nickname are returned unchanged, also after a restart", async () => {
  const user = production.user("emoji");
  const nickName = "👩‍👩‍👧‍👦 🇨🇳 𠮷野家 \u202e\ud83d";
  production.sandbox.world.change(user, { profile: { nickName, avatarUrl: "" } });
  const login = await production.login(user);
  const expected = { openId: user.openid, unionId: user.unionid, nickName, avatarUrl: "" };
  expect(login.returnData.user_info).toEqual(expected);
  await production.restart();
  const { id, skey } = login.returnData;
  expect(
    (await production.waferd.call("qcloud.cam.auth", { id, skey })).returnData.user_info,
  ).toEqual(expected);
  expect(await isAlive()).toBe(true);
});

const nested = (depth: number, open: string, close: string) =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;
const called = (para: string, name = "qcloud.cam.auth") =>
  `{"interface":{"interfaceName":${JSON.stringify(name)},"para":${para}}}`;

test.each<{ name: string; body: () => string | Uint8Array; returnCode: number }>([
  { name: "nothing", body: () => "", returnCode: 1009 },
  { name: "white space", body: () => " \n ", returnCode: 1009 },
  { name: "null", body: () => "null", returnCode: 1009 },
  { name: "a number", body: () => "1", returnCode: 1009 },
  { name: "a string", body: () => '"x"', returnCode: 1009 },
  { name: "an array", body: () => "[]", returnCode: 1009 },
  { name: "half an object", body: () => '{"interface":', returnCode: 1009 },
  {
    name: "bytes that are not UTF-8",
    body: () => Uint8Array.of(0xff, 0xfe, 0x7b),
    returnCode: 1009,
  },
  { name: "NUL bytes", body: () => "\0\0\0", returnCode: 1009 },
  { name: "a form", body: () => "interface=%7B%7D", returnCode: 1009 },
  {
    name: "one megabyte",
    body: () => called(`{"id":"${"x".repeat(1_000_000)}"}`),
    returnCode: 1009,
  },
  { name: "forty megabytes", body: () => "x".repeat(40_000_000), returnCode: 1009 },
  {
    name: "a byte over 256 KiB",
    body: () => called("{}").padEnd(256 * 1024 + 1),
    returnCode: 1009,
  },
  { name: "256 KiB", body: () => authBody().padEnd(256 * 1024), returnCode: 0 },
  { name: "a depth of 10 000 arrays", body: () => nested(10_000, "[", "]"), returnCode: 1009 },
  {
    name: "a depth of 10 000 objects",
    body: () => nested(10_000, '{"interface":', "}"),
    returnCode: 1002,
  },
  {
    name: "a depth of 10 000 in para",
    body: () => called(`{"id":${nested(10_000, "[", "]")}}`),
    returnCode: 1003,
  },
  {
    name: "a depth of 100 000 in para",
    body: () => called(`{"id":${nested(100_000, "[", "]")}}`),
    returnCode: 1003,
  },
  { name: "an empty object", body: () => "{}", returnCode: 1002 },
  {
    name: "__proto__ instead of interface",
    body: () => '{"__proto__":{"interface":{"interfaceName":"qcloud.cam.auth","para":{}}}}',
    returnCode: 1002,
  },
  {
    name: "__proto__ instead of interfaceName",
    body: () => '{"interface":{"__proto__":{"interfaceName":"qcloud.cam.auth","para":{}}}}',
    returnCode: 1002,
  },
  {
    name: "__proto__ instead of id",
    body: () => called('{"__proto__":{"id":"1","skey":"2"}}'),
    returnCode: 1003,
  },
  { name: "an interface named __proto__", body: () => called("{}", "__proto__"), returnCode: 1010 },
  {
    name: "an interface named constructor",
    body: () => called("{}", "constructor"),
    returnCode: 1010,
  },
  { name: "an interface named nothing", body: () => called("{}", ""), returnCode: 1010 },
  {
    name: "an interface of 100 KB",
    body: () => called("{}", "q".repeat(100_000)),
    returnCode: 1010,
  },
  {
    name: "an id of 100 KB",
    body: () => called(`{"id":"${"1".repeat(100_000)}","skey":"2"}`),
    returnCode: 60012,
  },
  {
    name: "an id of NULs",
    body: () => called('{"id":"\\u0000\\u0000","skey":"2"}'),
    returnCode: 60012,
  },
  {
    name: "an id of a lone surrogate",
    body: () => called('{"id":"\\ud800","skey":"\\udfff"}'),
    returnCode: 60012,
  },
  {
    name: "an id with a path to a parent folder",
    body: () => called('{"id":"../../etc/passwd","skey":"2"}'),
    returnCode: 60012,
  },
  { name: "ids that are objects", body: () => called('{"id":{},"skey":[]}'), returnCode: 1003 },
  { name: "ids that are null", body: () => called('{"id":null,"skey":null}'), returnCode: 1003 },
  {
    name: "a code of a lone surrogate",
    body: () => called('{"code":"\\ud800"}', "qcloud.cam.id_skey"),
    returnCode: 40029,
  },
  {
    name: "a code of NULs",
    body: () => called('{"code":"\\u0000"}', "qcloud.cam.id_skey"),
    returnCode: 40029,
  },
  {
    name: "a code that is a query",
    body: () => called('{"code":"x&appid=wx&secret=y#z"}', "qcloud.cam.id_skey"),
    returnCode: 40029,
  },
  {
    name: "an appid of a lone surrogate",
    body: () => called('{"id":"1","skey":"2","appid":"\\ud800"}'),
    returnCode: 1012,
  },
  {
    name: "an appid of 100 KB",
    body: () => called(`{"id":"1","skey":"2","appid":"${"w".repeat(100_000)}"}`),
    returnCode: 1012,
  },
])(
  "a body of $name is answered with $returnCode, and the next request works",
  async ({ body, returnCode }) => {
    const answer = await production.waferd.read(await production.waferd.post(body()));
    expect(answer.returnCode).toBe(returnCode);
    expect(await isAlive()).toBe(true);
  },
);

test("a body that is too large is answered with the limit", async () => {
  const answer = await production.waferd.read(await production.waferd.post("x".repeat(300_000)));
  expect(answer.returnMessage).toBe("REQUEST_IS_NOT_JSON: the body is larger than 262144 bytes");
});

test("a chunked body that is too large is refused without being read to its end", async () => {
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  const all = 512 * chunk.length;
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      if (sent > all) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const answer = await production.waferd.read(
    await fetch(production.waferd.url, { method: "POST", body }),
  );
  expect(answer.returnCode).toBe(1009);
  expect(sent).toBeLessThan(all);
  expect(await isAlive()).toBe(true);
});

test.each(["a", "app", "app:80", "[", "a b", ""])(
  "a request with Host: %s is answered",
  async (host) => {
    const { port, hostname } = new URL(production.waferd.url);
    const body = authBody();
    const request = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const send = (path: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = "";
        const socket = connect(Number(port), hostname, () => socket.write(request(path)));
        socket.on("data", (bytes) => {
          answer += bytes;
        });
        socket.on("close", () => resolve(answer));
        socket.on("error", reject);
      });
    for (const path of ["/", "/mina_auth"]) expect(await send(path)).toContain("AUTH_SUCCESS");
    expect(await send("/nothing")).toMatch(/^HTTP\/1.1 404 .*x-request-id.*"title":"Not Found"/is);
  },
);

test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])(
  "%s / is answered in the envelope",
  async (method) => {
    const answer = await production.waferd.read(await fetch(production.waferd.url, { method }));
    expect(answer).toMatchObject({
      returnCode: 1009,
      returnMessage: "REQUEST_IS_NOT_JSON",
      returnData: null,
    });
  },
);

test("requests succeed after bytes that are not HTTP and clients that disconnect", async () => {
  const { port, hostname } = new URL(production.waferd.url);
  const halves = [
    "\0\0\0\0",
    "GET",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    "POST / HTTP/9.9\r\n\r\n",
  ];
  for (const half of halves) {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(half);
    await Bun.sleep(20);
    socket.destroy();
  }
  expect(await isAlive()).toBe(true);
});

test("other paths are 404, as problem+json, and are logged by their route", async () => {
  const response = await fetch(`${production.waferd.url}/sandbox/login?user=a-secret-in-a-query`);
  noteSecret("a-secret-in-a-query");
  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const requestId = response.headers.get("x-request-id");
  expect(await response.json()).toMatchObject({ status: 404, title: "Not Found" });
  const line = await production.waferd.logged((logged) => logged["requestId"] === requestId);
  expect(line).toMatchObject({ path: "/*", status: 404 });
});

test("each request has its own id, in the answer and in the log", async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () =>
      (await production.waferd.post("{}")).headers.get("x-request-id"),
    ),
  );
  expect(new Set(ids).size).toBe(20);
  for (const id of ids) await production.waferd.logged((line) => line["requestId"] === id);
});

test("an app's name in a request decides whose session it is", async () => {
  const { returnData } = await production.login(production.user("two", OTHER_APP.appid));
  expect(returnData.appid).toBe(OTHER_APP.appid);
});
