import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A fresh certificate for localhost that nobody vouches for, made by openssl in this folder. */
export function selfSigned(folder: string): { cert: string; key: string } {
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
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
      cert,
      "-keyout",
      key,
    ],
  ]);
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr}`);
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}
