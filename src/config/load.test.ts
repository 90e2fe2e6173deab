import { expect, test } from "bun:test";
import { StartError } from "../core/errors.ts";
import { loadConfig } from "./load.ts";
import { environmentName, flagName, type OptionName, options } from "./schema.ts";

const load = (flags: object = {}, environment: Record<string, string> = {}, conf?: string) =>
  loadConfig({
    flags,
    environment,
    file: conf === undefined ? null : { path: "app.conf", text: conf },
  });
const configOf = (...sources: Parameters<typeof load>) => load(...sources).config;

/** Returns the lines of the StartError for these sources. */
function problems(
  flags: object,
  environment: Record<string, string> = {},
  conf?: string,
): string[] {
  try {
    load(flags, environment, conf);
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
}

/** For every option a valid value that is not its default, as text and parsed. */
const VALUES: Record<OptionName, [text: string, value: unknown]> = {
  appname: ["wafer", "wafer"],
  runmode: ["dev", "dev"],
  httpaddr: ["0.0.0.0", "0.0.0.0"],
  httpport: ["80", 80],
  EnableHTTPS: ["true", true],
  HTTPSCertFile: ["/etc/waferd/cert.pem", "/etc/waferd/cert.pem"],
  HTTPSKeyFile: ["/etc/waferd/key.pem", "/etc/waferd/key.pem"],
  EnableDocs: ["false", false],
  data_dir: ["/var/lib/waferd", "/var/lib/waferd"],
  dbdriver: ["redis", "redis"],
  store: ["redis://:p@h:1/2", "redis://:p@h:1/2"],
  "redis.host": ["r.example", "r.example"],
  "redis.port": ["1", 1],
  "redis.password": ["p#;", "p#;"],
  "redis.db": ["2", 2],
  "redis.timeout": ["30", 30],
  "redis.tls": ["yes", true],
  "mysql.host": ["::1", "::1"],
  "mysql.port": ["1", 1],
  "mysql.user": ["u", "u"],
  "mysql.password": ["DB@x", "DB@x"],
  "mysql.db": ["w", "w"],
  "mysql.tls": ["yes", true],
  "mysql.timezone": ["+00:00", "+00:00"],
  "mysql.debug": ["true", true],
  sandbox: ["true", true],
  default_appid: ["wx1", "wx1"],
  sessions_per_user: ["3", 3],
  envelope_paths: ["/a, /b/c", ["/a", "/b/c"]],
  trusted_networks: ["10.0.0.0/8,fd00::/8,192.0.2.1", ["10.0.0.0/8", "fd00::/8", "192.0.2.1"]],
  workers: ["auto", "auto"],
  trusted_proxies: ["10.0.0.1, fd00::/8", ["10.0.0.1", "fd00::/8"]],
  cors_origins: [
    "https://a.example, http://localhost:5173",
    ["https://a.example", "http://localhost:5173"],
  ],
  admin_key: ["x".repeat(20), "x".repeat(20)],
  master_key: ["ab".repeat(32), "ab".repeat(32)],
  "wechat.api_base": ["http://127.0.0.1:1/base", "http://127.0.0.1:1/base"],
  "work.api_base": ["https://work.example", "https://work.example"],
  "wechat.connect_timeout": ["0.5", 0.5],
  "wechat.timeout": ["20", 20],
  "wechat.proxy": ["http://10.0.0.1:3128", "http://10.0.0.1:3128"],
  "log.level": ["debug", "debug"],
  "log.file": ["/var/log/waferd.log", "/var/log/waferd.log"],
  "log.access": ["off", false],
  metrics: ["9464", "9464"],
};

/** Other options that an option requires. */
const WITH: Partial<Record<OptionName, object>> = {
  EnableHTTPS: { HTTPSCertFile: "cert.pem", HTTPSKeyFile: "key.pem" },
};

test("loadConfig() of nothing gives every option its default", () => {
  expect(configOf()).toMatchObject({
    httpaddr: "127.0.0.1",
    httpport: 8888,
    data_dir: "./data",
    EnableDocs: true,
    sandbox: false,
    cors_origins: [],
    sessions_per_user: 1,
    "wechat.api_base": "https://api.weixin.qq.com",
    "work.api_base": "https://qyapi.weixin.qq.com",
    "wechat.connect_timeout": 3,
    "wechat.timeout": 8,
    "log.level": "info",
  });
});

test.each(options.map(([name]) => name))(
  "loadConfig() takes %s from a flag, the environment, the file or the default, in this order",
  (name) => {
    const [text, value] = VALUES[name];
    const variable = environmentName(name);
    const others = WITH[name] ?? {};
    const at = (...[flags, environment, conf]: Parameters<typeof load>) => {
      const { config, sources } = load({ ...others, ...flags }, environment, conf);
      return [config[name], sources[name]] as unknown[];
    };
    const flag = expect.stringMatching(/^--[a-z-]+$/);
    const [fallback] = at();
    expect(at({ [name]: text })).toEqual([value, flag]);
    expect(at({}, { [variable]: text })).toEqual([value, variable]);
    expect(at({}, {}, `\n${name} = ${text}`)).toEqual([value, "app.conf:2"]);
    expect(at({}, {}, `${name.toUpperCase()}=${text} // a comment`)).toEqual([value, "app.conf:1"]);
    expect(at({ [name]: text }, { [variable]: "7" }, `${name} = 8`)).toEqual([value, flag]);
    expect(at({}, { [variable]: text }, `${name} = 8`)).toEqual([value, variable]);
    expect(at({}, { [variable]: "" }, `${name} =`)).toEqual([fallback, "default"]);
  },
);

test("loadConfig() takes the section of runmode before the values above all sections", () => {
  const conf = `
appname = wafer        // 应用名
httpport = 8000        // 端口
runmode = dev
sessions_per_user = 2

[dev]
httpport = 8001
data_dir = "./dev data"

[prod]
httpport = 8002
`;
  expect(load({}, {}, conf)).toMatchObject({
    config: { appname: "wafer", httpport: 8001, data_dir: "./dev data", sessions_per_user: 2 },
    sources: { httpport: "app.conf:8", sessions_per_user: "app.conf:5", httpaddr: "default" },
  });
  expect(configOf({}, { WAFERD_RUNMODE: "prod" }, conf).httpport).toBe(8002);
  expect(configOf({ runmode: "test" }, {}, conf)).toMatchObject({
    httpport: 8000,
    data_dir: "./data",
  });
  expect(configOf({}, {}, "[prod]\nhttpport = 1").httpport).toBe(1);
});

test("loadConfig() reads the go server's app.conf and lists the keys that it ignores", () => {
  const conf = `appname = go-wafer-session-server
httpport = 8888
runmode = prod
autorender = false
copyrequestbody = true
EnableDocs = true

# the database
dbdriver = lmdb   // was mysql
mysql.host = 127.0.0.1
mysql.port = 3306
mysql.user = root
mysql.password = a#b;c//d
redis.host = 127.0.0.1
redis.maxidle = 10
; nothing else
`;
  const { config, ignored } = load({}, {}, conf);
  expect(config).toMatchObject({
    ...{ appname: "go-wafer-session-server", httpport: 8888, EnableDocs: true },
    "mysql.password": "a#b;c//d",
  });
  expect(ignored).toEqual([...["autorender", "copyrequestbody", "redis.maxidle"]]);
});

test.each([
  ["wechat.api_base = http://127.0.0.1:1/base", "wechat.api_base", "http://127.0.0.1:1/base"],
  ["wechat.api_base = http://127.0.0.1:1\t// a comment", "wechat.api_base", "http://127.0.0.1:1"],
  ['appname = "a // b" // a comment', "appname", "a // b"],
  ["appname = a#b;c", "appname", "a#b;c"],
  ["appname = a=b", "appname", "a=b"],
  ["\uFEFFappname = bom\r\n", "appname", "bom"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of beego
  ["appname = ${NAME}", "appname", "from-outside"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of beego
  ["appname = ${NOBODY||fallback}", "appname", "fallback"],
  ["appname = a\nappname = b", "appname", "b"],
  ["EnableDocs = off", "EnableDocs", false],
  ["sandbox = Yes", "sandbox", true],
] as const)("loadConfig() reads the line %j as beego does", (conf, name, value) => {
  expect(configOf({}, { NAME: "from-outside" }, conf)[name]).toBe(value as never);
});

test("environmentName() and flagName() derive from the name of the option", () => {
  expect(environmentName("wechat.api_base")).toBe("WAFERD_WECHAT_API_BASE");
  expect(flagName("wechat.api_base")).toBe("wechat-api-base");
});

test.each<[object, Record<string, string>, string]>([
  [{ httpport: "x" }, {}, '--port must be a whole number from 0 to 65535, not "x"'],
  [
    {},
    { WAFERD_HTTPPORT: "65536" },
    'WAFERD_HTTPPORT must be a whole number from 0 to 65535, not "65536"',
  ],
  [{ httpport: "1.5" }, {}, '--port must be a whole number from 0 to 65535, not "1.5"'],
  [{}, { WAFERD_SANDBOX: "maybe" }, 'WAFERD_SANDBOX must be true or false, not "maybe"'],
  [{ "wechat.timeout": "0" }, {}, '--wechat-timeout must be a number from 0.1 to 120, not "0"'],
  [{ "log.level": "loud" }, {}, '--log-level must be one of debug, info, warn, error, not "loud"'],
  [{ workers: "0" }, {}, '--workers must be a whole number from 1 to 128, or auto, not "0"'],
  [{ workers: "129" }, {}, '--workers must be a whole number from 1 to 128, or auto, not "129"'],
  [
    { trusted_proxies: "proxy" },
    {},
    '--trusted-proxies must be networks such as 10.0.0.0/8,fd00::/8, not "proxy"',
  ],
  [{ httpaddr: "a b" }, {}, '--host must be an address or a host name, not "a b"'],
  [{ data_dir: "" }, {}, '--data-dir must name a folder, not ""'],
  [
    { default_appid: "a b" },
    {},
    '--default-appid must be an appid, such as wx1234567890abcdef, not "a b"',
  ],
  [
    { envelope_paths: "old" },
    {},
    '--envelope-paths must be paths that begin with /, such as /wafer,/api/mina_auth, not "old"',
  ],
  [
    { trusted_networks: "10.0.0.0/33" },
    {},
    '--trusted-networks must be networks such as 10.0.0.0/8,fd00::/8, not "10.0.0.0/33"',
  ],
  [
    { trusted_networks: "lan" },
    {},
    '--trusted-networks must be networks such as 10.0.0.0/8,fd00::/8, not "lan"',
  ],
  [
    {},
    { WAFERD_ADMIN_KEY: "short" },
    "WAFERD_ADMIN_KEY must be at least 20 printable characters without spaces",
  ],
  [
    { "wechat.api_base": "https://api.weixin.qq.com/" },
    {},
    '--wechat-api-base must be an http or https address without a slash at its end, such as https://api.weixin.qq.com, not "https://api.weixin.qq.com/"',
  ],
  [
    {},
    { WAFERD_MASTER_KEY: "x" },
    "WAFERD_MASTER_KEY must be 64 lower-case hex digits, as `openssl rand -hex 32` makes them",
  ],
  [
    {},
    { WAFERD_PORT: "80" },
    "WAFERD_PORT is not an option; did you mean WAFERD_HTTPPORT? `waferd serve --help` lists them all",
  ],
  [{}, { WAFERD_X: "80" }, "WAFERD_X is not an option; `waferd serve --help` lists them all"],
])("loadConfig() of %j and %j throws %j", (flags, environment, problem) => {
  expect(problems(flags, environment)).toEqual([problem]);
});

test.each([
  [
    "htpport = 1",
    "app.conf:1 htpport is not an option; did you mean httpport? `waferd serve --help` lists them all",
  ],
  [
    "\n[dev]\nnothing.like.it = 1",
    "app.conf:3 nothing.like.it is not an option; `waferd serve --help` lists them all",
  ],
  [
    "port = 1",
    "app.conf:1 port is not an option; did you mean httpport? `waferd serve --help` lists them all",
  ],
  ["a line without a meaning", "app.conf:1 is not a `key = value`, a [section] or a # comment"],
  ["httpport = x", 'app.conf:1 must be a whole number from 0 to 65535, not "x"'],
  [
    "dbdriver = redis\nstore = mysql://u:s3cret@h/d",
    "app.conf:1 is redis, and the address in store is for mysql: remove one of them",
  ],
  [
    "store = mysql://u:s3cret@h",
    "app.conf:1 must be an address such as redis://:password@host:6379/0 or mysql://user:password@host:3306/database; with TLS rediss: or mysqls:",
  ],
  [
    "mysql.timezone = Asia/Shanghai",
    'app.conf:1 must be an offset such as +08:00, not "Asia/Shanghai"',
  ],
  [
    "redis.prot = 1",
    "app.conf:1 redis.prot is not an option; did you mean redis.port? `waferd serve --help` lists them all",
  ],
  ["admin_key = short", "app.conf:1 must be at least 20 printable characters without spaces"],
  [
    "wechat.proxy = 10.0.0.1:3128",
    'app.conf:1 must be the address of an HTTP proxy, such as http://10.0.0.1:3128, not "10.0.0.1:3128"',
  ],
  ["runmode = a b", 'app.conf:1 must be the name of a section, such as dev or prod, not "a b"'],
  [
    "EnableHTTPS = true\nHTTPSKeyFile = key.pem",
    "HTTPSCertFile is missing: EnableHTTPS needs a certificate and its key, in PEM",
  ],
])("loadConfig() of the file %j throws %j", (conf, problem) => {
  expect(problems({}, {}, conf)).toEqual([problem]);
});

test("loadConfig() lists all mistakes at once", () => {
  expect(
    problems(
      { httpport: "x", "log.level": "loud" },
      { WAFERD_NOTHING: "1", WAFERD_ENVELOPE_PATHS: "x" },
      "x\nhtpport = 1",
    ),
  ).toHaveLength(6);
});
