/** The COS signatures of the serverless fork, in the envelope. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";
import vector from "../vectors/cos-v4.json";

let waferd: Waferd;
beforeAll(async () => {
  waferd = await Waferd.start();
});
afterAll(() => waferd[Symbol.asyncDispose]());

const account = {
  appid: vector.appid,
  sid: vector.secretId,
  skey: vector.secretKey,
  bucket: vector.bucket,
};
const call = (kind: string, para: object) =>
  waferd.call(`qcloud.cos.auth.${kind}`, { ...account, ...para });

/** What a signature signs, if it is signed with the account's key. */
function plainOf(signature: string): string {
  const bytes = Buffer.from(signature, "base64");
  const plain = bytes.subarray(20).toString();
  const digest = new Bun.CryptoHasher("sha1", vector.secretKey).update(plain).digest("hex");
  expect(bytes.subarray(0, 20).toString("hex")).toBe(digest);
  return plain;
}

test.each([
  ["reusable", { expiration: "1900000000" }, "e=1900000000", "f="],
  [
    "reusable",
    { expiration: 1900000000, filepath: "a b.txt" },
    "e=1900000000",
    "f=/200001/newbucket/a%20b.txt",
  ],
  ["nonreusable", { filepath: "/dir/文件" }, "e=0", "f=/200001/newbucket/dir/%E6%96%87%E4%BB%B6"],
  ["nonreusable", {}, "e=0", "f=/200001/newbucket/"],
])("%s of %j signs %s and %s, and needs no app and no key", async (kind, para, expiry, file) => {
  noteSecret(vector.secretKey);
  const { returnCode, returnMessage, returnData } = await call(kind, para);
  expect([returnCode, returnMessage]).toEqual([0, "OK"]);
  const plain = plainOf(returnData);
  const [, time, random] = /&t=(\d+)&r=(\d{1,10})&/.exec(plain) ?? [];
  expect(plain).toBe(
    `a=200001&b=newbucket&k=${vector.secretId}&${expiry}&t=${time}&r=${random}&${file}`,
  );
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(5);
});

test.each([
  ["reusable", { appid: "" }, -1, "Parameter is not valid"],
  ["reusable", { sid: "" }, -1, "Parameter is not valid"],
  ["nonreusable", { skey: null }, -1, "Parameter is not valid"],
  ["reusable", { bucket: "", expiration: "1" }, 1003, "PARA_ERR: bucket"],
  ["reusable", {}, 1003, "PARA_ERR: expiration"],
  ["reusable", { expiration: "soon" }, 1003, "PARA_ERR: expiration"],
  ["nonreusable", { filepath: {} }, 1003, "PARA_ERR: filepath"],
])("%s of %j is %i %s", async (kind, para, returnCode, returnMessage) => {
  expect(await call(kind, para)).toMatchObject({ returnCode, returnMessage, returnData: null });
});
