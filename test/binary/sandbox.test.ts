/** The sandbox as a developer with the WeChat developer tools uses it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { runCommand } from "../harness/command.ts";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

const SECRET = "a-secret-that-wechat-does-not-know";
const APPID = "wx1234567890abcdef";
noteSecret(SECRET);

let waferd: Waferd;
beforeAll(async () => {
  waferd = await Waferd.start({ args: ["--sandbox", "--sandbox-any-code", "--workers", "2"] });
  const add = ["app", "add", APPID, "--secret-stdin", "--data-dir", waferd.dataDir, "--sandbox"];
  expect((await runCommand(add, { input: SECRET })).status).toBe(0);
});
afterAll(() => waferd[Symbol.asyncDispose]());

test("any code logs in the user named after it, at any app", async () => {
  const login = (code: string, appid?: string) =>
    waferd.call("qcloud.cam.id_skey", { code }, appid === undefined ? {} : { appid });
  const first = await login("0c3AbCdEfGhIjKlMnOpQrStUvWxYz12");
  expect(first.returnCode).toBe(0);
  const [alice, again, other] = [await login("alice"), await login("alice"), await login("bob")];
  expect(again.returnData.openid).toBe(alice.returnData.openid);
  expect(other.returnData.openid).not.toBe(alice.returnData.openid);
  expect((await login("alice", APPID)).returnData).toMatchObject({ appid: APPID });
});

test("a refused code says how to get one, to the client", async () => {
  const login = await fetch(`${waferd.url}/sandbox/login?user=carol`);
  const { code } = (await login.json()) as { code: string };
  const exchange = () => waferd.call("qcloud.cam.id_skey", { code });
  expect((await exchange()).returnCode).toBe(0);
  await Bun.sleep(10);
  const api = `${waferd.url}/sandbox/api/sns/jscode2session?appid=${APPID}&secret=${SECRET}`;
  const used = await fetch(`${api}&js_code=${code}&grant_type=authorization_code`);
  // It belongs to the demo app.
  expect(await used.json()).toMatchObject({
    errcode: 40029,
    errmsg: expect.stringContaining("GET /sandbox/login?user=alice gives a code"),
  });
});

test("a business server gets an image and sends a message through /sandbox/api/", async () => {
  const token = await waferd.call(
    "qcloud.mimi.access_token",
    { appid: APPID },
    { key: waferd.adminKey },
  );
  const post = (path: string, body: object) =>
    fetch(`${waferd.url}/sandbox/api${path}?access_token=${token.returnData.access_token}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
  const image = await post("/wxa/getwxacodeunlimit", { scene: "id=1" });
  expect(image.headers.get("content-type")).toBe("image/png");
  expect(
    Buffer.from(await image.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  const { returnData } = await waferd.call(
    "qcloud.cam.id_skey",
    { code: "dora" },
    { appid: APPID },
  );
  const sent = await post("/cgi-bin/message/subscribe/send", {
    ...{ touser: returnData.openid, template_id: "t" },
    data: { thing1: { value: "到了" } },
  });
  expect(await sent.json()).toMatchObject({ errcode: 0 });
  const seen = await fetch(`${waferd.url}/sandbox/messages?user=dora&appid=${APPID}`);
  expect(await seen.json()).toMatchObject({ items: [{ data: { thing1: "到了" } }] });
});

test("without the sandbox the flag is a mistake", async () => {
  const { status, stderr } = await runCommand(["serve", "--sandbox-any-code"]);
  expect(status).toBe(1);
  expect(stderr).toContain("--sandbox-any-code needs sandbox");
});
