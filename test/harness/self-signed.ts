import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A fresh certificate for localhost that nobody vouches for, made by openssl in this folder. */
export function selfSigned(folder: string): Record<"cert" | "key" | "certFile" | "keyFile", string> {
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const made = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...[
      "-subj",
      "/CN=localhost",
      "-addext",
      "subjectAltName=DNS:localhost",
      "-days",
      "1",
      "-out",
      certFile,
      "-keyout",
      keyFile,
    ],
  ]);
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr}`);
  return {
    cert: readFileSync(certFile, "utf8"),
    key: readFileSync(keyFile, "utf8"),
    certFile,
    keyFile,
  };
}
