/**
 * SDKs of others, unmodified: their base address leads to the gateway, and their secret is a
 * service key. WeChat's token dies before every call, and their own one once.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { keyOf } from "./keys.ts";

const require = createRequire(import.meta.url);

/** A client of an SDK, with the same calls for each. */
interface SdkClient {
  /** Sends a customer message, and returns the JSON of the answer. */
  send(openid: string, text: string): Promise<object>;
  /** Uploads an image, and returns its media_id. */
  upload(file: string): Promise<string>;
  /** Downloads an image. */
  download(mediaId: string): Promise<Uint8Array>;
  /** Puts another token in the place of the one that the SDK keeps. */
  replaceToken(token: string): Promise<void>;
}

/** Makes a client whose calls go to a base address. */
type Sdk = (base: string, secret: string) => SdkClient;

const coWechatApi: Sdk = (base, secret) => {
  const api = new (require("co-wechat-api"))(APP.appid, secret);
  api.prefix = `${base}/cgi-bin/`;
  api.wxaPrefix = `${base}/wxa/`;
  return {
    send: (openid, text) => api.sendText(openid, text),
    upload: async (file) => (await api.uploadMedia(file, "image")).media_id,
    download: (mediaId) => api.getMedia(mediaId),
    replaceToken: async (accessToken) => {
      api.store = { ...api.store, accessToken };
    },
  };
};

const wechatApi: Sdk = (base, secret) => {
  const api = new (require("wechat-api"))(APP.appid, secret);
  api.endpoint = base;
  const call = <Answer>(name: string, ...given: string[]): Promise<Answer> =>
    new Promise((resolve, reject) => {
      api[name](...given, (error: Error | null, answer: Answer) =>
        error === null || error === undefined ? resolve(answer) : reject(error),
      );
    });
  return {
    send: (openid, text) => call("sendText", openid, text),
    upload: async (file) => (await call<{ media_id: string }>("uploadMedia", file, "image")).media_id,
    download: (mediaId) => call("getMedia", mediaId),
    replaceToken: async (accessToken) => {
      api.store = { ...api.store, accessToken };
    },
  };
};

const nodeEasywechat: Sdk = (base, secret) => {
  const { OfficialAccount } = require("node-easywechat");
  const kept = new Map<string, unknown>();
  const app = new OfficialAccount({
    ...{ app_id: APP.appid, secret, use_stable_access_token: true },
    http: { baseURL: `${base}/` },
  });
  app.setCache({
    get: async (key: string) => kept.get(key) ?? null,
    has: async (key: string) => kept.has(key),
    set: async (key: string, value: unknown) => kept.set(key, value) !== undefined,
    delete: async (key: string) => kept.delete(key),
  });
  const client = () => app.getClient();
  return {
    send: async (openid, text) =>
      (
        await client().postJson("cgi-bin/message/custom/send", {
          ...{ touser: openid, msgtype: "text", text: { content: text } },
        })
      ).toObject(),
    upload: async (file) =>
      (
        await client()
          .withFile(file, "media")
          .post("cgi-bin/media/upload", { params: { type: "image" } })
      ).toObject().media_id,
    async download(mediaId) {
      const answer = await client().get("cgi-bin/media/get", {
        ...{ params: { media_id: mediaId }, responseType: "arraybuffer" },
      });
      return Buffer.from(answer.getContent());
    },
    replaceToken: async () => {
      // It keeps a token for as long as its answer said, and renews none that is refused.
      kept.clear();
    },
  };
};

const folder = tempFolder();
const file = join(folder.path, "picture.png");
const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
let production: Production;
beforeAll(async () => {
  writeFileSync(file, content);
  production = await startProduction();
});
afterAll(async () => {
  await production[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test.each<{ name: string; sdk: Sdk }>([
  { name: "co-wechat-api", sdk: coWechatApi },
  { name: "wechat-api", sdk: wechatApi },
  { name: "node-easywechat", sdk: nodeEasywechat },
])("$name sends, uploads and downloads through tokens that die", async ({ sdk }) => {
  const { sandbox, waferd } = production;
  const client = sdk(`${waferd.url}/wechat/${APP.appid}`, await keyOf(production, {}));
  const { openid } = production.user("alice");
  const throughDeadToken = <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    sandbox.world.hosted.revoke(APP.appid);
    return call();
  };
  for (const text of ["first", "second"])
    expect(await throughDeadToken(() => client.send(openid, text))).toMatchObject({ errcode: 0 });
  const mediaId = await throughDeadToken(() => client.upload(file));
  noteSecret(mediaId);
  const downloaded = await throughDeadToken(() => client.download(mediaId));
  expect(Buffer.compare(Buffer.from(downloaded), content)).toBe(0);
  await client.replaceToken("a-token-that-nobody-issued");
  expect(await client.send(openid, "third")).toMatchObject({ errcode: 0 });
  expect(sandbox.world.messages.of(APP.appid, openid).slice(-3)).toMatchObject(
    ["first", "second", "third"].map((text) => ({ data: { content: text } })),
  );
});
