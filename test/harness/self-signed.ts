import { createPublicKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const ECDSA_WITH_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const DAY_MS = 86_400_000;

/** A value in DER: its tag, its length and its content. */
function der(tag: number, ...contents: (Uint8Array | readonly number[] | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part as Uint8Array)));
  const { length } = content;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const identifier = (bytes: readonly number[]): Buffer => der(0x06, bytes);
const utcTime = (at: number): Buffer =>
  der(0x17, `${new Date(at).toISOString().replace(/\D/g, "").slice(2, 14)}Z`);
const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END ${label}-----\n`;

/** Writes a fresh self-signed certificate for localhost (RFC 5280), and its key, into a folder. */
export function selfSigned(
  folder: string,
): Record<"cert" | "key" | "certFile" | "keyFile", string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(identifier(ECDSA_WITH_SHA256));
  const name = sequence(der(0x31, sequence(identifier(COMMON_NAME), der(0x0c, "localhost"))));
  const extensions = sequence(
    sequence(
      identifier(BASIC_CONSTRAINTS),
      der(0x01, [0xff]),
      der(0x04, sequence(der(0x01, [0xff]))),
    ),
    sequence(identifier(SUBJECT_ALT_NAME), der(0x04, sequence(der(0x82, "localhost")))),
  );
  const body = sequence(
    der(0xa0, der(0x02, [2])),
    der(0x02, [0x01], randomBytes(15)),
    algorithm,
    name,
    sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = sign("sha256", body, privateKey);
  const cert = pem("CERTIFICATE", sequence(body, algorithm, der(0x03, [0], signature)));
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });
  return { cert, key, certFile, keyFile };
}
