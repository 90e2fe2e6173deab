import { type Static, Type } from "@sinclair/typebox";
import { ADDRESS_WORDS } from "./drivers/address.ts";
import { DEFAULT_DRIVER, DRIVER_NAMES, driverOptions } from "./drivers/drivers.ts";
import { limitOptions } from "./limits.ts";
import { choice, flag, integer, list, type OptionSchema, seconds, text } from "./option.ts";

export type { OptionSchema } from "./option.ts";

/** Bun counts to 255, and up to four seconds less than it was told. */
const MAX_IDLE_TIMEOUT = 250;

/**
 * Every option (docs/protocol-reference.md#options). The variable is `WAFERD_` and the name in
 * upper case with `.` as `_`; the flag is the name in lower case with `.` and `_` as `-`.
 */
export const schema = Type.Object({
  appname: text("waferd", "a name for this server, in the first line of the log"),
  runmode: text("prod", "the section of the file to use, such as dev or prod"),
  httpaddr: text("127.0.0.1", "the address to listen on", { shortForm: "host" }),
  httpport: integer(8888, 0, 65535, "the port to listen on; 0 chooses a free one", {
    shortForm: "port",
  }),
  EnableHTTPS: flag(false, "serve HTTPS with the two files below"),
  HTTPSCertFile: text("", "the certificate in PEM, with its chain", { path: true }),
  HTTPSKeyFile: text("", "the certificate's private key in PEM", { path: true }),
  public_url: text(
    "",
    "the address at which browsers reach this server when it has a name, such as https://wafer.example.com; the console's cookie counts at no other name",
  ),
  EnableDocs: flag(true, "serve the API's documentation at /docs and /openapi.json"),
  EnableConsole: flag(true, "serve the console at /console/, and lead browsers from / there"),
  data_dir: text(
    "./data",
    "the folder of the data and of both keys; created when missing. With a file, a relative one is meant from the folder of the file",
    { path: true },
  ),
  dbdriver: choice(
    DRIVER_NAMES,
    DEFAULT_DRIVER,
    "where the data is kept: in the data folder, or in a server that several machines share",
  ),
  store: text(
    "",
    `the address of a shared store, instead of dbdriver and its options: ${ADDRESS_WORDS}`,
    { address: true },
  ),
  ...driverOptions,
  sandbox: flag(
    false,
    "use a simulated WeChat instead of the real one: ANYONE CAN LOG IN AS ANYONE",
    { needsRestart: true },
  ),
  sandbox_any_code: flag(
    false,
    "in the sandbox, take any login code for a user named after it, and any app: for the WeChat developer tools",
    { needsRestart: true },
  ),
  default_appid: text("", "the app of calls that name none; empty for the one registered first"),
  sessions_per_user: integer(
    1,
    1,
    1000,
    "on how many devices a user may be logged in to an app at the same time",
  ),
  envelope_paths: list("more paths of the envelope endpoint, separated by commas"),
  workers: text("1", "the number of worker processes, or auto for one per core"),
  trusted_proxies: list(
    "networks (CIDR, separated by commas) of proxies whose X-Forwarded-For is trusted",
  ),
  trusted_networks: list("networks (CIDR, separated by commas) whose clients need no admin key"),
  cors_origins: list(
    "origins whose pages may call the API, such as https://admin.example.com, separated by commas",
  ),
  "http.idle_timeout": integer(
    75,
    5,
    MAX_IDLE_TIMEOUT,
    "seconds after which a connection without a request may be closed; longer than a proxy in front keeps its own",
  ),
  admin_key: text(
    "",
    "the admin key; empty for the one in <data_dir>/admin.key, created at the first start",
    {
      secret: true,
    },
  ),
  master_key: text(
    "",
    "the key that seals stored secrets; empty for the one in <data_dir>/master.key, created at the first start",
    {
      secret: true,
    },
  ),
  "wechat.api_base": text("https://api.weixin.qq.com", "the address of WeChat's API"),
  "work.api_base": text("https://qyapi.weixin.qq.com", "the address of WeCom's API"),
  "wechat.connect_timeout": seconds(3, "seconds that connecting to WeChat may take"),
  "wechat.timeout": seconds(8, "seconds that a call to WeChat may take, including retries"),
  "wechat.proxy": text(
    "",
    "an HTTP proxy for the calls to WeChat and WeCom, such as http://10.0.0.1:3128",
    { address: true },
  ),
  "gateway.max_body": integer(
    20 * 1024 * 1024,
    1024,
    1024 * 1024 * 1024,
    "the most bytes that a call through the gateway may upload",
  ),
  ...limitOptions,
  "backup.every": text(
    "",
    "how often a backup of the embedded store is made, such as 24h or 7d; empty for never",
  ),
  "backup.keep": integer(
    7,
    1,
    1000,
    "the number of backups that are kept: after a new one, the oldest ones are removed",
  ),
  "backup.dir": text(
    "",
    "the folder of the backups, better on another disk; empty for `backups` in the data folder",
    { path: true },
  ),
  "log.level": choice(
    ["debug", "info", "warn", "error"],
    "info",
    "the lowest level that is logged; checks of sessions and stored tokens are at debug when they succeed",
  ),
  "log.file": text(
    "",
    "the file that the log is appended to, reopened on SIGUSR1; empty for standard output",
    { path: true },
  ),
  "log.access": flag(
    true,
    "log a line for each request; without it, only failures that need attention are logged",
  ),
  metrics: text(
    "false",
    "metrics for Prometheus at /metrics: `true` serves them on the service's port to holders of the admin key, a port on 127.0.0.1 without a key, `address:port` on another address without a key",
  ),
});

/** Keys of an app.conf that beego, the go server or its drivers know and waferd ignores. */
const WITHOUT_MEANING: ReadonlySet<string> = new Set([
  ...[
    "autorender",
    "copyrequestbody",
    "maxmemory",
    "enablegzip",
    "directoryindex",
    "staticdir",
    "viewspath",
  ],
  ...[
    "servername",
    "servertimeout",
    "graceful",
    "listentcp4",
    "recoverpanic",
    "routercasesensitive",
  ],
  ...[
    "enablehttp",
    "httpsaddr",
    "httpsport",
    "enableadmin",
    "adminaddr",
    "adminport",
    "enablefcgi",
  ],
  ...[
    "enableerrorsshow",
    "enableerrorsrender",
    "flashname",
    "flashseparator",
    "eventname",
    "enablexsrf",
  ],
  ...[
    "xsrfkey",
    "xsrfexpire",
    "templateleft",
    "templateright",
    "accesslogs",
    "filelinenum",
    "redis.maxidle",
    "redis.maxactive",
  ],
]);
const WITHOUT_MEANING_PREFIXES = ["session", "log.accesslogs", "log.outputs"];

/** Returns whether a key of a file belongs to another server and is ignored. */
export const isWithoutMeaning = (key: string): boolean => {
  const name = key.toLowerCase();
  return (
    WITHOUT_MEANING.has(name) || WITHOUT_MEANING_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
};

export type Config = Static<typeof schema>;
export type OptionName = keyof Config;

/** Every option, in the order of the schema. */
export const options = Object.entries(schema.properties) as [OptionName, OptionSchema][];

/** The options that say where the data is. */
export const STORE_OPTIONS: ReadonlySet<string> = new Set<OptionName>([
  ...(["data_dir", "dbdriver", "store"] as const),
  ...(Object.keys(driverOptions) as (keyof typeof driverOptions)[]),
]);

export const environmentName = (name: OptionName): string =>
  `WAFERD_${name.toUpperCase().replaceAll(".", "_")}`;

export const flagName = (name: OptionName): string => name.toLowerCase().replace(/[._]/g, "-");
