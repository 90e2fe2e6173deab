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

/** Returns the signed text, after a check that the account's key signed it. */
function plainOf(signature: string): string {
  const bytes = Buffer.from(signature, "base64");
  const plain = bytes.subarray(20).toString();
  const digest = new Bun.CryptoHasher("sha1", vector.secretKey).update(plain).digest("hex");
  expect(bytes.subarray(0, 20).toString("hex")).toBe(digest);
  return plain;
}

test.each([
  { kind: "reusable", para: { expiration: "1900000000" }, expiry: "e=1900000000", file: "f=" },
  {
    kind: "reusable",
    para: { expiration: 1900000000, filepath: "a b.txt" },
    expiry: "e=1900000000",
    file: "f=/200001/newbucket/a%20b.txt",
  },
  {
    kind: "nonreusable",
    para: { filepath: "/dir/文件" },
    expiry: "e=0",
    file: "f=/200001/newbucket/dir/%E6%96%87%E4%BB%B6",
  },
  { kind: "nonreusable", para: {}, expiry: "e=0", file: "f=/200001/newbucket/" },
])(
  "$kind signs $expiry and $file, and needs no app and no key",
  async ({ kind, para, expiry, file }) => {
    noteSecret(vector.secretKey);
    const { returnCode, returnMessage, returnData } = await call(kind, para);
    expect([returnCode, returnMessage]).toEqual([0, "OK"]);
    const plain = plainOf(returnData);
    const [, time, random] = /&t=(\d+)&r=(\d{1,10})&/.exec(plain) ?? [];
    expect(plain).toBe(
      `a=200001&b=newbucket&k=${vector.secretId}&${expiry}&t=${time}&r=${random}&${file}`,
    );
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(5);
  },
);

test.each([
  {
    name: "an empty appid",
    kind: "reusable",
    para: { appid: "" },
    returnCode: -1,
    returnMessage: "Parameter is not valid",
  },
  {
    name: "an empty sid",
    kind: "reusable",
    para: { sid: "" },
    returnCode: -1,
    returnMessage: "Parameter is not valid",
  },
  {
    name: "null for skey",
    kind: "nonreusable",
    para: { skey: null },
    returnCode: -1,
    returnMessage: "Parameter is not valid",
  },
  {
    name: "an empty bucket",
    kind: "reusable",
    para: { bucket: "", expiration: "1" },
    returnCode: 1003,
    returnMessage: "PARA_ERR: bucket",
  },
  {
    name: "no expiration",
    kind: "reusable",
    para: {},
    returnCode: 1003,
    returnMessage: "PARA_ERR: expiration",
  },
  {
    name: "a word for the expiration",
    kind: "reusable",
    para: { expiration: "soon" },
    returnCode: 1003,
    returnMessage: "PARA_ERR: expiration",
  },
  {
    name: "an object for the filepath",
    kind: "nonreusable",
    para: { filepath: {} },
    returnCode: 1003,
    returnMessage: "PARA_ERR: filepath",
  },
  {
    name: "half a character in the filepath",
    kind: "nonreusable",
    para: { filepath: "/a\ud800" },
    returnCode: 1003,
    returnMessage: "PARA_ERR: filepath",
  },
  {
    name: "half a character in the bucket",
    kind: "nonreusable",
    para: { bucket: "\udc00" },
    returnCode: 1003,
    returnMessage: "PARA_ERR: bucket",
  },
])(
  "$kind with $name is answered $returnCode $returnMessage",
  async ({ kind, para, returnCode, returnMessage }) => {
    expect(await call(kind, para)).toMatchObject({ returnCode, returnMessage, returnData: null });
  },
);
