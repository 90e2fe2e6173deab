import { ADMIN_KEY_FORM, isAdminKey } from "../core/access/access.ts";
import { isAppid } from "../core/apps/app.ts";
import { MAX_BACKUP_EVERY, MIN_BACKUP_EVERY } from "../core/backups/backup.ts";
import { isMasterKey, MASTER_KEY_FORM } from "../core/master-key.ts";
import { parseSpan } from "../core/span.ts";
import { DEFAULT_DRIVER, driverRules } from "./drivers/drivers.ts";
import { limitRules } from "./limits.ts";
import { metricsPlace } from "./metrics-place.ts";
import { isNetwork } from "./networks.ts";
import { hostProblem } from "./option.ts";
import type { Config, OptionName } from "./schema.ts";
import { addressedDriver, elsewhereAdvice, storeAddressProblem } from "./store-target.ts";

/** A contradiction between options that are valid one by one, and the option to change. */
export interface CombinationProblem {
  option: OptionName;
  message: string;
}

function apiBaseProblem(base: string): string | null {
  const isBase = URL.canParse(base) && /^https?:\/\/[^/?#@]+(\/[^?#]*[^?#/])?$/.test(base);
  return isBase
    ? null
    : "must be an http or https address without a slash at its end, such as https://api.weixin.qq.com";
}

/** More than any machine needs. Each takes slots of the embedded store's table of readers. */
const MAX_WORKERS = 128;

function backupSpanProblem(every: string): string | null {
  const span = every === "" ? MIN_BACKUP_EVERY : parseSpan(every);
  return span !== null && span >= MIN_BACKUP_EVERY && span <= MAX_BACKUP_EVERY
    ? null
    : "must be a span of time from 5m to 365d, such as 12h, 24h or 7d; empty for never";
}

const networksProblem = (networks: readonly string[]): string | null =>
  networks.every(isNetwork) ? null : "must be networks such as 10.0.0.0/8,fd00::/8";

/** Checks that a schema cannot express. They return a message, or null for a valid value. */
const RULES: { [Name in OptionName]?: (value: Config[Name]) => string | null } = {
  httpaddr: hostProblem,
  data_dir: (folder) => (folder === "" ? "must name a folder" : null),
  default_appid: (appid) =>
    appid === "" || isAppid(appid) ? null : "must be an appid, such as wx1234567890abcdef",
  envelope_paths: (paths) =>
    paths.every((path) => /^\/[\w./-]*$/.test(path))
      ? null
      : "must be paths that begin with /, such as /wafer,/api/mina_auth",
  workers: (count) =>
    count === "auto" || (/^[1-9]\d{0,2}$/.test(count) && Number(count) <= MAX_WORKERS)
      ? null
      : `must be a whole number from 1 to ${MAX_WORKERS}, or auto`,
  trusted_proxies: networksProblem,
  trusted_networks: networksProblem,
  cors_origins: (origins) =>
    origins.every((origin) => /^https?:\/\/[^/?#@*]+$/.test(origin) && URL.canParse(origin))
      ? null
      : "must be origins such as https://admin.example.com, without a path",
  public_url: (address) =>
    address === "" || (/^https?:\/\/[^/?#@*\s]+\/?$/.test(address) && URL.canParse(address))
      ? null
      : "must be an address such as https://wafer.example.com, without a path",
  store: storeAddressProblem,
  ...driverRules,
  ...limitRules,
  runmode: (mode) =>
    /^[\w-]+$/.test(mode) ? null : "must be the name of a section, such as dev or prod",
  "wechat.proxy": (proxy) =>
    proxy === "" || (URL.canParse(proxy) && /^https?:\/\/[^/]+\/?$/.test(proxy))
      ? null
      : "must be the address of an HTTP proxy, such as http://10.0.0.1:3128",
  admin_key: (key) => (key === "" || isAdminKey(key) ? null : `must be ${ADMIN_KEY_FORM}`),
  master_key: (key) => (key === "" || isMasterKey(key) ? null : `must be ${MASTER_KEY_FORM}`),
  "wechat.api_base": apiBaseProblem,
  "work.api_base": apiBaseProblem,
  "backup.every": backupSpanProblem,
  metrics: (place) =>
    metricsPlace(place) === undefined
      ? "must be true, false, a port such as 9464, or an address and a port such as 0.0.0.0:9464"
      : null,
};

/** Returns what is wrong with a value of the right type, or null when it is valid. */
export function ruleProblem(name: OptionName, value: unknown): string | null {
  const rule = RULES[name] as ((value: unknown) => string | null) | undefined;
  return rule?.(value) ?? null;
}

/** Returns the contradictions between options. */
export function combinationProblems(config: Config): CombinationProblem[] {
  const problems: CombinationProblem[] = [];
  for (const option of ["HTTPSCertFile", "HTTPSKeyFile"] as const)
    if (config.EnableHTTPS && config[option] === "")
      problems.push({
        option,
        message: "is missing: EnableHTTPS needs a certificate and its key, in PEM",
      });
  if (config.sandbox_any_code && !config.sandbox)
    problems.push({
      option: "sandbox_any_code",
      message: "needs sandbox: the real WeChat takes its own codes only",
    });
  const driver = addressedDriver(config);
  if (driver !== null && config.dbdriver !== DEFAULT_DRIVER && config.dbdriver !== driver)
    problems.push({
      option: "dbdriver",
      message: `is ${config.dbdriver}, and the address in store is for ${driver}: remove one of them`,
    });
  const advice = config["backup.every"] === "" ? null : elsewhereAdvice(config);
  if (advice !== null)
    problems.push({ option: "backup.every", message: `is for the embedded store: ${advice}` });
  return problems;
}
