import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { LoadedConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { writtenText } from "../../core/written-text.ts";
import { type Check, checksOf } from "./check.ts";

const DAY = 86_400_000;
/** A certificate that expires sooner should be renewed already. */
const RENEWAL_DAYS = 14;

const { ok, warn, fail } = checksOf("configuration");
const LOOPBACK = /^https?:\/\/(127\.|localhost[:/]|\[::1\])/;

/** Returns every mistake of the configuration, or the configuration when it is valid. */
export function checkConfiguration(load: () => LoadedConfig): {
  checks: Check[];
  config: Config | null;
} {
  try {
    const { config, path, unknown } = load();
    const from = path === null ? "" : `, from ${path}`;
    const variables = unknown.map((message) => warn(message, "unset it, or correct its name"));
    return { config, checks: [ok(`it is valid${from}`), ...variables, ...dangers(config)] };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const [first = "", ...mistakes] = error.message.split("\n");
    const messages = mistakes.length === 0 ? [first] : mistakes.map((mistake) => mistake.trim());
    return {
      config: null,
      checks: messages.map((message) => fail(message, "fix it (docs/configuration.md)")),
    };
  }
}

function* dangers(config: Config): Generator<Check> {
  if (config.sandbox)
    yield warn(
      "WeChat is simulated, and anyone can log in as anyone",
      "turn sandbox off for real users",
    );
  for (const option of ["wechat.api_base", "work.api_base"] as const)
    if (config[option].startsWith("http:") && !LOOPBACK.test(config[option]))
      yield warn(
        `secrets go to ${config[option]} without TLS`,
        `set ${option} to an https address`,
      );
}

const certificate = checksOf("certificate");

/** Checks the server's certificate and key. */
export function checkCertificate(config: Config, now: number): Check {
  const shown = readPair(config);
  if (!(shown instanceof X509Certificate)) return shown;
  const { HTTPSCertFile } = config;
  const days = Math.floor((Date.parse(shown.validTo) - now) / DAY);
  if (days < 0) return certificate.fail(`${HTTPSCertFile} expired on ${shown.validTo}`, "renew it");
  if (days < RENEWAL_DAYS)
    return certificate.warn(`${HTTPSCertFile} expires in ${days} days`, "renew it");
  return certificate.ok(`${HTTPSCertFile} is valid for ${days} days`);
}

/** Checks what a start needs of certificate and key: with an expired one it starts. */
export function checkPair(config: Config, now: number): Check {
  const check = checkCertificate(config, now);
  return check.state === "fail" && readPair(config) instanceof X509Certificate
    ? { ...check, state: "warn" }
    : check;
}

/** Reads the certificate, and verifies that the key is its own. */
function readPair({ HTTPSCertFile, HTTPSKeyFile }: Config): X509Certificate | Check {
  try {
    const shown = new X509Certificate(writtenText(readFileSync(HTTPSCertFile)));
    return shown.checkPrivateKey(createPrivateKey(writtenText(readFileSync(HTTPSKeyFile))))
      ? shown
      : certificate.fail(
          `${HTTPSKeyFile} is not the key of ${HTTPSCertFile}`,
          "set HTTPSCertFile and HTTPSKeyFile to a matching pair",
        );
  } catch (error) {
    return certificate.fail(
      `HTTPSCertFile or HTTPSKeyFile cannot be used: ${(error as Error).message}`,
      "both must be PEM files that this user can read",
    );
  }
}
