import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { LoadedConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { type Finding, findingsOf } from "../../core/finding.ts";
import { writtenText } from "../../core/written-text.ts";
import { type Check, checksOf, toCheck } from "./check.ts";

const DAY = 86_400_000;
/** A certificate that expires sooner should be renewed already. */
const RENEWAL_DAYS = 14;

const { ok, warn, fail } = checksOf("configuration");
const danger = findingsOf("configuration");
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
    return {
      config,
      checks: [ok(`it is valid${from}`), ...variables, ...[...dangers(config)].map(toCheck)],
    };
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

/** Yields what exposes users or secrets. */
export function* dangers(config: Config): Generator<Finding> {
  if (config.sandbox)
    yield danger.warn(
      ["WeChat is simulated, and anyone can log in as anyone", "turn sandbox off for real users"],
      ["微信是模拟的，任何人都可以用任何身份登录", "面向真实用户时关闭 sandbox"],
    );
  for (const option of ["wechat.api_base", "work.api_base"] as const)
    if (config[option].startsWith("http:") && !LOOPBACK.test(config[option]))
      yield danger.warn(
        [`secrets go to ${config[option]} without TLS`, `set ${option} to an https address`],
        [`机密未经 TLS 发往 ${config[option]}`, `把 ${option} 设为 https 地址`],
      );
}

const certificate = findingsOf("certificate");

/** Checks the server's certificate and key. */
export function checkCertificate(config: Config, now: number): Finding {
  const shown = readPair(config);
  if (!(shown instanceof X509Certificate)) return shown;
  const { HTTPSCertFile } = config;
  const days = Math.floor((Date.parse(shown.validTo) - now) / DAY);
  if (days < 0)
    return certificate.fail(
      [`${HTTPSCertFile} expired on ${shown.validTo}`, "renew it"],
      [`${HTTPSCertFile} 已于 ${shown.validTo} 过期`, "更新证书"],
    );
  if (days < RENEWAL_DAYS)
    return certificate.warn(
      [`${HTTPSCertFile} expires in ${days} days`, "renew it"],
      [`${HTTPSCertFile} 将在 ${days} 天后过期`, "更新证书"],
    );
  return certificate.ok(
    [`${HTTPSCertFile} is valid for ${days} days`],
    [`${HTTPSCertFile} 还有 ${days} 天有效期`],
  );
}

/** Checks what a start needs of certificate and key: with an expired one it starts. */
export function checkPair(config: Config, now: number): Check {
  const check = toCheck(checkCertificate(config, now));
  return check.state === "fail" && readPair(config) instanceof X509Certificate
    ? { ...check, state: "warn" }
    : check;
}

/** Reads the certificate, and verifies that the key is its own. */
function readPair({ HTTPSCertFile, HTTPSKeyFile }: Config): X509Certificate | Finding {
  try {
    const shown = new X509Certificate(writtenText(readFileSync(HTTPSCertFile)));
    return shown.checkPrivateKey(createPrivateKey(writtenText(readFileSync(HTTPSKeyFile))))
      ? shown
      : certificate.fail(
          [
            `${HTTPSKeyFile} is not the key of ${HTTPSCertFile}`,
            "set HTTPSCertFile and HTTPSKeyFile to a matching pair",
          ],
          [
            `${HTTPSKeyFile} 不是 ${HTTPSCertFile} 的私钥`,
            "把 HTTPSCertFile 和 HTTPSKeyFile 设为相配的一对",
          ],
        );
  } catch (error) {
    return certificate.fail(
      [
        `HTTPSCertFile or HTTPSKeyFile cannot be used: ${(error as Error).message}`,
        "both must be PEM files that this user can read",
      ],
      [
        `HTTPSCertFile 或 HTTPSKeyFile 无法使用：${(error as Error).message}`,
        "两者必须是当前用户可读的 PEM 文件",
      ],
    );
  }
}
