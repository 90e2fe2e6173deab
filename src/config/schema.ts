import { type Static, Type } from "@sinclair/typebox";
import { ADDRESS_WORDS } from "./drivers/address.ts";
import { DEFAULT_DRIVER, DRIVER_NAMES, driverOptions } from "./drivers/drivers.ts";
import { choice, flag, integer, list, type OptionSchema, seconds, text } from "./option.ts";

export type { OptionSchema } from "./option.ts";

/**
 * Every option under its one name (PROTOCOL section 7). The environment name is `WAFERD_` and the name in upper case
 * with `.` as `_`; the flag is the name in lower case with `.` and `_` as `-`.
 */
export const schema = Type.Object({
  appname: text("waferd", "a name for people, in the log's first line"),
  runmode: text("prod", "the section of the file that is used, such as dev or prod"),
  httpaddr: text("127.0.0.1", "the address to listen on", { shortForm: "host" }),
  httpport: integer(8888, 0, 65535, "the port to listen on; 0 takes a free one", {
    shortForm: "port",
  }),
  EnableHTTPS: flag(false, "serve TLS, with the two files below"),
  HTTPSCertFile: text("", "the certificate in PEM, with its chain"),
  HTTPSKeyFile: text("", "the certificate's private key in PEM"),
  EnableDocs: flag(true, "the API's documentation at /docs and /openapi.json"),
  data_dir: text("./data", "the folder of the data and of both keys; created if missing"),
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
  ),
  default_appid: text(
    "",
    "the app of calls that name none; empty means the one that was registered first",
  ),
  sessions_per_user: integer(
    1,
    1,
    1000,
    "on how many devices a user may be logged in to an app at once",
  ),
  envelope_paths: list("further paths of the envelope endpoint, separated by commas"),
  workers: text("1", "how many processes serve, or auto for one a core"),
  trusted_proxies: list(
    "networks (CIDR, separated by commas) of proxies whose X-Forwarded-For is believed to name the client",
  ),
  trusted_networks: list("networks (CIDR, separated by commas) whose peers need no admin key"),
  cors_origins: list(
    "origins whose pages may call, such as https://admin.example.com, separated by commas",
  ),
  admin_key: text(
    "",
    "the admin key; empty means the one in <data_dir>/admin.key, created at the first start",
    {
      secret: true,
    },
  ),
  master_key: text(
    "",
    "the key that seals stored secrets; empty means the one in <data_dir>/master.key, created at the first start",
    {
      secret: true,
    },
  ),
  "wechat.api_base": text("https://api.weixin.qq.com", "where WeChat's API is"),
  "work.api_base": text("https://qyapi.weixin.qq.com", "where WeCom's API is"),
  "wechat.connect_timeout": seconds(3, "seconds to wait for a connection to WeChat"),
  "wechat.timeout": seconds(8, "seconds for a call to WeChat in all, its retries included"),
  "wechat.proxy": text(
    "",
    "an HTTP proxy for the calls to WeChat and WeCom, such as http://10.0.0.1:3128",
  ),
  "log.level": choice(
    ["debug", "info", "warn", "error"],
    "info",
    "the least that is logged; successful checks of sessions are at debug",
  ),
  "log.file": text(
    "",
    "the file that the log is appended to, opened anew on SIGUSR1; empty for standard output",
  ),
  "log.access": flag(
    true,
    "log a line for each request; without them, failures that need looking after stay",
  ),
  metrics: text(
    "false",
    "figures for Prometheus at /metrics: `true` beside the rest for holders of the admin key, a port for whoever reaches it on 127.0.0.1, `address:port` on another address",
  ),
});

/**
 * Keys of an app.conf that beego, the go server or its drivers know, and that mean nothing here. In lower case; the
 * prefixes stand for all that begin so.
 */
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

/** Whether a key of a file is another server's, to be passed over. */
export const isWithoutMeaning = (key: string): boolean => {
  const name = key.toLowerCase();
  return (
    WITHOUT_MEANING.has(name) || WITHOUT_MEANING_PREFIXES.some((prefix) => name.startsWith(prefix))
  );
};

export type Config = Static<typeof schema>;
export type OptionName = keyof Config;

/** The options in the order of the schema. */
export const options = Object.entries(schema.properties) as [OptionName, OptionSchema][];

/** The options that say where the data is. */
export const STORE_OPTIONS: ReadonlySet<string> = new Set<OptionName>([
  ...(["data_dir", "dbdriver", "store"] as const),
  ...(Object.keys(driverOptions) as (keyof typeof driverOptions)[]),
]);

export const environmentName = (name: OptionName): string =>
  `WAFERD_${name.toUpperCase().replaceAll(".", "_")}`;

export const flagName = (name: OptionName): string => name.toLowerCase().replace(/[._]/g, "-");
