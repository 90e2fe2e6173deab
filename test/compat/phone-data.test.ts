/**
 * User data as phones and business servers really send it, by every protocol
 * (docs/protocol-reference.md#client-json, #base64).
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signRawData } from "../../src/crypto/raw-data.ts";
import { encryptUserData } from "../../src/crypto/user-data.ts";
import type { SandboxUser } from "../../src/sandbox/world.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

const IV = Buffer.from("iv of 16 bytes >").toString("base64");

/** The text as bytes, each character one. */
const latin1 = (text: string) => Buffer.from(text, "latin1");
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

/** JSON in which the nickname stands as it is. */
const jsonWith = (nickname: string, tail = "") =>
  latin1(`{"nickName":"${nickname}","watermark":{"appid":"${APP.appid}"}}${tail}`);

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(production.waferd.url + path, init);
  const text = await response.text();
  noteSecret(...(text.match(/\b[0-9a-f]{64}\b/g) ?? []));
  return { headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
const post = (path: string, body: object, method = "POST") =>
  ask(path, {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
  });

type Read = (user: SandboxUser, plain: Buffer) => Promise<{ nickName?: string } | undefined>;

const encrypted = (user: SandboxUser, plain: Buffer) => ({
  encryptedData: encryptUserData(plain, user.sessionKey, IV),
  iv: IV,
});
const old = (user: SandboxUser, plain: Buffer) => ({
  encrypt_data: encrypted(user, plain).encryptedData,
  iv: IV,
});
const proofOf = async (user: SandboxUser) => {
  const { id, skey } = (await production.login(user, true)).returnData;
  return { id, skey };
};
const percentEncoded = (bytes: Buffer) =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const weappHeaders = (user: SandboxUser, plain: Buffer) => {
  const { code } = production.device(user);
  return {
    "X-WX-Appid": APP.appid,
    "X-WX-Code": code,
    "X-WX-RawData": percentEncoded(plain),
    "X-WX-Signature": signRawData(plain, user.sessionKey),
  };
};

/** Returns the nickname that each protocol reads. */
const READERS: Record<string, Read> = {
  "qcloud.cam.id_skey": async (user, plain) => {
    const { code } = production.device(user);
    const answer = await production.waferd.call("qcloud.cam.id_skey", {
      code,
      ...old(user, plain),
    });
    return answer.returnData?.user_info;
  },
  "qcloud.cam.userinfo": async (user, plain) => {
    const proof = await proofOf(user);
    const para = { ...proof, ...old(user, plain) };
    return (await production.waferd.call("qcloud.cam.userinfo", para)).returnData?.user_info;
  },
  "qcloud.cam.decrypt": async (user, plain) => {
    const proof = await proofOf(user);
    const para = { ...proof, ...old(user, plain) };
    return (await production.waferd.call("qcloud.cam.decrypt", para)).returnData;
  },
  "qcloud.cam.decrypt without iv": async (user, plain) => {
    const proof = await proofOf(user);
    const encrypt_data = encryptUserData(plain, user.sessionKey, null);
    const answer = await production.waferd.call("qcloud.cam.decrypt", { ...proof, encrypt_data });
    return JSON.parse(answer.returnData);
  },
  "/mina/login": async (user, plain) => {
    const { code } = production.device(user);
    const { body } = await post("/mina/login", { code, app_id: APP.appid, ...old(user, plain) });
    return body.data?.user_info;
  },
  "POST /sessions": async (user, plain) => {
    const { code } = production.device(user);
    const login = { appid: APP.appid, code, ...encrypted(user, plain) };
    return (await post("/api/v1/sessions", login)).body.userInfo;
  },
  "PUT /sessions/{id}/user-info": async (user, plain) => {
    const { id, skey } = await proofOf(user);
    const change = { skey, ...encrypted(user, plain) };
    return (await post(`/api/v1/sessions/${id}/user-info`, change, "PUT")).body.userInfo;
  },
  "/weapp-session": async (user, plain) =>
    (await ask("/weapp-session", { headers: weappHeaders(user, plain) })).body.$wxUserInfo,
  "/forward-auth": async (user, plain) => {
    const { headers } = await ask("/forward-auth", { headers: weappHeaders(user, plain) });
    return JSON.parse(decodeURIComponent(headers.get("x-wafer-user-info") ?? "null"));
  },
};

const CONTROLS = String.fromCharCode(...Array(32).keys());
const ROWS: { name: string; nickname: string; tail?: string; read: string }[] = [
  { name: "every control character", nickname: CONTROLS, read: CONTROLS },
  { name: "a raw line end beside an escaped quote", nickname: '\\"\r\n\\\\', read: '"\r\n\\' },
  { name: "trailing NULs", nickname: "a", tail: "\0\0\0", read: "a" },
  {
    name: "bytes that are not UTF-8",
    nickname: "\xd5\xc5\xc8\xfd",
    read: "\ufffd\ufffd\ufffd\ufffd",
  },
  { name: "an emoji in CESU-8", nickname: "\xed\xa0\xbd\xed\xb8\x80", read: "\ufffd".repeat(6) },
  { name: "an emoji that is cut", nickname: `${utf8("😀")}\xf0\x9f`, read: "😀\ufffd" },
  { name: "an emoji, Chinese and a plus", nickname: utf8("😀你好+"), read: "😀你好+" },
];

test.each(ROWS.flatMap((row) => Object.keys(READERS).map((reader) => ({ reader, ...row }))))(
  "$reader reads a nickname with $name",
  async ({ reader, name, nickname, tail, read }) => {
    const user = production.user(`${reader} ${name}`);
    production.sandbox.world.change(user, {
      sessionKey: Buffer.from("a fixed key. 16b").toString("base64"),
    });
    expect(await READERS[reader]?.(user, jsonWith(nickname, tail))).toMatchObject({
      nickName: read,
    });
    // It is stored as it was read.
    if (reader === "qcloud.cam.userinfo")
      expect((await production.login(user, true)).returnData.user_info.nickName).toBe(read);
  },
);

test("rawData is signed byte for byte: another text that reads the same is refused", async () => {
  const user = production.user("raw");
  const headers = weappHeaders(user, latin1('{"nickName":"\xff"}'));
  const read = { ...headers, "X-WX-RawData": encodeURIComponent('{"nickName":"\ufffd"}') };
  expect((await ask("/weapp-session", { headers: read })).body.reason).toBe(
    "ERR_UNTRUSTED_RAW_DATA",
  );
});

const SHAPES: { name: string; change: (text: string) => string }[] = [
  { name: "line ends", change: (text) => text.replace(/.{1,20}/g, "$&\r\n") },
  { name: "spaces for pluses", change: (text) => text.replaceAll("+", " ") },
  { name: "one encoding too many", change: encodeURIComponent },
  {
    name: "the URL alphabet, unpadded",
    change: (text) => Buffer.from(text, "base64").toString("base64url"),
  },
];

test.each(SHAPES)(
  "Base64 with $name decrypts by the envelope, mina and REST",
  async ({ name, change }) => {
    const user = production.user(name);
    const shape = () => {
      const { code, encryptedData, iv } = production.device(user);
      return { code, encryptedData: change(encryptedData), iv: change(iv) };
    };
    const first = shape();
    const envelope = await production.waferd.call("qcloud.cam.id_skey", {
      code: first.code,
      encrypt_data: first.encryptedData,
      iv: first.iv,
    });
    expect(envelope.returnData.user_info).toMatchObject(user.profile);
    const { code, encryptedData: encrypt_data, iv } = shape();
    const mina = await post("/mina/login", { app_id: APP.appid, code, encrypt_data, iv });
    expect(mina.body.data.user_info).toMatchObject(user.profile);
    const rest = await post("/api/v1/sessions", { appid: APP.appid, ...shape() });
    expect(rest.body.userInfo).toMatchObject(user.profile);
  },
);

test("a login with data that no key can decrypt does not use up its code", async () => {
  const { code, encryptedData, iv } = production.device(production.user("spared"));
  const login = (encrypt_data: string, ivSent: string) =>
    production.waferd.call("qcloud.cam.id_skey", { code, encrypt_data, iv: ivSent });
  expect((await login("{}", iv)).returnMessage).toBe("DECRYPT_FAIL: encrypt_data is not Base64");
  expect((await login(encryptedData, "AAAA")).returnMessage).toBe(
    "DECRYPT_FAIL: iv is not 16 bytes of Base64",
  );
  expect((await login(encryptedData, iv)).returnCode).toBe(0);
});

test("a profile of 16 KiB is stored, a larger one is refused, and profiles do not add up", async () => {
  const user = production.user("large");
  production.sandbox.world.change(user, {
    sessionKey: Buffer.from("a fixed key. 16b").toString("base64"),
  });
  const profile = (bytes: number, member = "nickName") => {
    const rest = { watermark: { appid: APP.appid } };
    const length = bytes - JSON.stringify({ [member]: "", ...rest }).length;
    return Buffer.from(JSON.stringify({ [member]: "x".repeat(length), ...rest }));
  };
  const proof = await proofOf(user);
  const replace = (plain: Buffer) =>
    production.waferd.call("qcloud.cam.userinfo", { ...proof, ...old(user, plain) });
  expect((await replace(profile(16 * 1024))).returnMessage).toBe("UPDATE_USERINFO_SUCCESS");
  const refused = {
    returnCode: 60021,
    returnMessage: "USERINFO_DECRYPT_FAIL: the profile is larger than 16 KiB",
  };
  expect(await replace(profile(16 * 1024 + 1))).toMatchObject(refused);
  expect(await replace(profile(180_000))).toMatchObject(refused);
  const { returnCode } = await production.waferd.call("qcloud.cam.decrypt", {
    ...proof,
    ...old(user, profile(180_000)),
  });
  expect(returnCode).toBe(0);
  // Each login brings a member of its own.
  for (const member of ["a", "b", "c"]) {
    const { code } = production.device(user);
    const login = await production.waferd.call("qcloud.cam.id_skey", {
      code,
      ...old(user, profile(10_000, member)),
    });
    expect(Object.keys(login.returnData.user_info).sort()).toEqual([member, "openId", "unionId"]);
  }
});

test("a text of unclosed quotes is refused at once", async () => {
  const user = production.user("quotes");
  const proof = await proofOf(user);
  for (const plain of ['\\"', '"', "{", '{"a":"\\u0001'].map((text) =>
    text.repeat(180_000 / text.length),
  )) {
    const startedAt = performance.now();
    const answer = await production.waferd.call("qcloud.cam.decrypt", {
      ...proof,
      ...old(user, Buffer.from(plain)),
    });
    expect(answer.returnMessage).toEndWith("not decryptable");
    // A search that begins again at each quote takes most of a minute.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }
});

test("an errmsg of WeChat's is cut at 1 KiB, and its rid is kept", async () => {
  const errmsg = `${"错".repeat(2000)}, rid: 5f3c-1a`;
  production.sandbox.faults.set("/sns/jscode2session", {
    body: JSON.stringify({ errcode: 40125, errmsg }),
    times: 1,
  });
  const { code } = production.device(production.user("errmsg"));
  const { wechat } = await production.waferd.call("qcloud.cam.id_skey", { code });
  expect(wechat).toEqual({ errcode: 40125, errmsg: "错".repeat(341), rid: "5f3c-1a" });
});
