import { expect, test } from "bun:test";
import v4 from "../../test/vectors/cos-v4.json";
import v5 from "../../test/vectors/cos-v5.json";
import sdk from "../../test/vectors/cos-v5-sdk.json";
import { type CosJsonText, type CosXmlRequest, signCosJson, signCosXml } from "./cos-signature.ts";

type SdkCase = Omit<CosXmlRequest, "secretId" | "secretKey" | "startsAt" | "expiresAt"> & {
  authorization: string;
};

const { appid, bucket, secretId, secretKey, now, random } = v4;
const json: CosJsonText = {
  ...{ appid, bucket, secretId, secretKey, now, random },
  expiresAt: v4.reusable.expiration,
  filepath: null,
};
const plainOf = (signature: string): string =>
  Buffer.from(signature, "base64").subarray(20).toString();

test("signCosJson() returns the signature of the vendor's sample account", () => {
  expect(signCosJson(json)).toBe(v4.reusable.signature);
});

test.each([
  { filepath: "a", file: "/200001/newbucket/a" },
  { filepath: "/a b/\u4e2d(1)*~.txt", file: "/200001/newbucket/a%20b/%E4%B8%AD%281%29%2A~.txt" },
])(
  "signCosJson() of one use for $filepath names the file, percent-encoded, and signs every field",
  ({ filepath, file }) => {
    const signature = signCosJson({ ...json, expiresAt: 0, filepath });
    const plain = plainOf(signature);
    expect(plain).toBe(`a=${appid}&b=${bucket}&k=${secretId}&e=0&t=${now}&r=${random}&f=${file}`);
    const digest = new Bun.CryptoHasher("sha1", secretKey).update(plain).digest("hex");
    expect(Buffer.from(signature, "base64").subarray(0, 20).toString("hex")).toBe(digest);
  },
);

const [startsAt = 0, expiresAt = 0] = v5.keyTime.split(";").map(Number);
const xml = { ...v5, startsAt, expiresAt, parameters: v5.query };

test("signCosXml() returns the signature of the vendor's sample request", () => {
  expect(signCosXml(xml)).toBe(
    `q-sign-algorithm=sha1&q-ak=${v5.secretId}&q-sign-time=${v5.keyTime}&q-key-time=${v5.keyTime}&q-header-list=${v5.headerList}&q-url-param-list=&q-signature=${v5.signature}`,
  );
});

test("signCosXml() returns what the vendor's SDK does", () => {
  const [startsAt = 0, expiresAt = 0] = sdk.keyTime.split(";").map(Number);
  const { secretId, secretKey, cases } = sdk;
  for (const { authorization, ...request } of cases as unknown as SdkCase[]) {
    const signed = signCosXml({ ...request, secretId, secretKey, startsAt, expiresAt });
    expect(signed).toBe(authorization);
  }
  expect(cases).toHaveLength(29);
});
