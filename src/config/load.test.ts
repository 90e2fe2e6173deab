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
const VALUES: Record<OptionName, { text: string; value: unknown }> = {
  appname: { text: "wafer", value: "wafer" },
  runmode: { text: "dev", value: "dev" },
  httpaddr: { text: "0.0.0.0", value: "0.0.0.0" },
  httpport: { text: "80", value: 80 },
  EnableHTTPS: { text: "true", value: true },
  HTTPSCertFile: { text: "/etc/waferd/cert.pem", value: "/etc/waferd/cert.pem" },
  HTTPSKeyFile: { text: "/etc/waferd/key.pem", value: "/etc/waferd/key.pem" },
  EnableConsole: { text: "false", value: false },
  public_url: { text: "https://wafer.example.com", value: "https://wafer.example.com" },
  EnableDocs: { text: "false", value: false },
  data_dir: { text: "/var/lib/waferd", value: "/var/lib/waferd" },
  dbdriver: { text: "redis", value: "redis" },
  store: { text: "redis://:p@h:1/2", value: "redis://:p@h:1/2" },
  "redis.host": { text: "r.example", value: "r.example" },
  "redis.port": { text: "1", value: 1 },
  "redis.user": { text: "waferd", value: "waferd" },
  "redis.password": { text: "p#;", value: "p#;" },
  "redis.db": { text: "2", value: 2 },
  "redis.timeout": { text: "30", value: 30 },
  "redis.tls": { text: "yes", value: true },
  "mysql.host": { text: "::1", value: "::1" },
  "mysql.port": { text: "1", value: 1 },
  "mysql.user": { text: "u", value: "u" },
  "mysql.password": { text: "DB@x", value: "DB@x" },
  "mysql.db": { text: "w", value: "w" },
  "mysql.tls": { text: "yes", value: true },
  "mysql.timezone": { text: "+00:00", value: "+00:00" },
  "mysql.debug": { text: "true", value: true },
  "limits.failed_logins": { text: "5/60:2", value: "5/60:2" },
  "limits.logins": { text: "600/60", value: "600/60" },
  "limits.failed_keys": { text: "off", value: "off" },
  "limits.failed_decryptions": { text: "1/3600", value: "1/3600" },
  "limits.gateway": { text: "100/1", value: "100/1" },
  "gateway.max_body": { text: "1048576", value: 1_048_576 },
  sandbox: { text: "true", value: true },
  sandbox_any_code: { text: "true", value: true },
  default_appid: { text: "wx1", value: "wx1" },
  sessions_per_user: { text: "3", value: 3 },
  envelope_paths: { text: "/a, /b/c", value: ["/a", "/b/c"] },
  trusted_networks: {
    text: "10.0.0.0/8,fd00::/8,192.0.2.1",
    value: ["10.0.0.0/8", "fd00::/8", "192.0.2.1"],
  },
  workers: { text: "auto", value: "auto" },
  trusted_proxies: { text: "10.0.0.1, fd00::/8", value: ["10.0.0.1", "fd00::/8"] },
  cors_origins: {
    text: "https://a.example, http://localhost:5173",
    value: ["https://a.example", "http://localhost:5173"],
  },
  admin_key: { text: "x".repeat(20), value: "x".repeat(20) },
  master_key: { text: "ab".repeat(32), value: "ab".repeat(32) },
  "wechat.api_base": { text: "http://127.0.0.1:1/base", value: "http://127.0.0.1:1/base" },
  "work.api_base": { text: "https://work.example", value: "https://work.example" },
  "wechat.connect_timeout": { text: "0.5", value: 0.5 },
  "wechat.timeout": { text: "20", value: 20 },
  "wechat.proxy": { text: "http://10.0.0.1:3128", value: "http://10.0.0.1:3128" },
  "http.idle_timeout": { text: "120", value: 120 },
  "log.level": { text: "debug", value: "debug" },
  "log.file": { text: "/var/log/waferd.log", value: "/var/log/waferd.log" },
  "log.access": { text: "off", value: false },
  "backup.every": { text: "24h", value: "24h" },
  "backup.keep": { text: "3", value: 3 },
  "backup.dir": { text: "/backup", value: "/backup" },
  metrics: { text: "9464", value: "9464" },
};

/** Other options that an option requires. */
const WITH: Partial<Record<OptionName, object>> = {
  sandbox_any_code: { sandbox: "true" },
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
    const { text, value } = VALUES[name];
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
  const { config, ignored, hints } = load({}, {}, conf);
  expect(config).toMatchObject({
    ...{ appname: "go-wafer-session-server", httpport: 8888, EnableDocs: true },
    "mysql.password": "a#b;c//d",
  });
  expect(ignored).toEqual([...["autorender", "copyrequestbody", "redis.maxidle"]]);
  expect(hints).toEqual([expect.stringMatching(/^httpaddr is not set: .*httpaddr = 0\.0\.0\.0/)]);
  for (const { hints } of [
    load({ httpaddr: "127.0.0.1" }, {}, conf),
    load({}, {}, `httpaddr = 0.0.0.0\n${conf}`),
    load({}, {}, "httpport = 8888"),
  ])
    expect(hints).toEqual([]);
});

test.each([
  {
    name: "// in a value",
    conf: "wechat.api_base = http://127.0.0.1:1/base",
    option: "wechat.api_base",
    value: "http://127.0.0.1:1/base",
  },
  {
    name: "a comment after a tab",
    conf: "wechat.api_base = http://127.0.0.1:1\t// a comment",
    option: "wechat.api_base",
    value: "http://127.0.0.1:1",
  },
  {
    name: "// in quotes, and a comment",
    conf: 'appname = "a // b" // a comment',
    option: "appname",
    value: "a // b",
  },
  { name: "# and ; in a value", conf: "appname = a#b;c", option: "appname", value: "a#b;c" },
  { name: "= in a value", conf: "appname = a=b", option: "appname", value: "a=b" },
  {
    name: "CRLF",
    conf: "appname = crlf\r\n",
    option: "appname",
    value: "crlf",
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of beego
  { name: "a variable", conf: "appname = ${NAME}", option: "appname", value: "from-outside" },
  {
    name: "the default of an unset variable",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of beego
    conf: "appname = ${NOBODY||fallback}",
    option: "appname",
    value: "fallback",
  },
  {
    name: "an option that is set twice",
    conf: "appname = a\nappname = b",
    option: "appname",
    value: "b",
  },
  { name: "off", conf: "EnableDocs = off", option: "EnableDocs", value: false },
  { name: "Yes", conf: "sandbox = Yes", option: "sandbox", value: true },
] as const)("loadConfig() reads $name as beego does", ({ conf, option, value }) => {
  expect(configOf({}, { NAME: "from-outside" }, conf)[option]).toBe(value as never);
});

test("environmentName() and flagName() derive from the name of the option", () => {
  expect(environmentName("wechat.api_base")).toBe("WAFERD_WECHAT_API_BASE");
  expect(flagName("wechat.api_base")).toBe("wechat-api-base");
});

test.each<{ flags: object; environment: Record<string, string>; problem: string }>([
  {
    flags: { httpport: "x" },
    environment: {},
    problem: '--port must be a whole number from 0 to 65535, not "x"',
  },
  {
    flags: {},
    environment: { WAFERD_HTTPPORT: "65536" },
    problem: 'WAFERD_HTTPPORT must be a whole number from 0 to 65535, not "65536"',
  },
  {
    flags: { httpport: "1.5" },
    environment: {},
    problem: '--port must be a whole number from 0 to 65535, not "1.5"',
  },
  ...(["60", "0/60", "60/0", "60/minute", "none"] as const).map((rate) => ({
    flags: { "limits.failed_logins": rate },
    environment: {},
    problem: `--limits-failed-logins must be a count and a number of seconds such as 60/60, with a burst such as 60/60:10, or off, not "${rate}"`,
  })),
  {
    flags: {},
    environment: { WAFERD_SANDBOX: "maybe" },
    problem: 'WAFERD_SANDBOX must be true or false, not "maybe"',
  },
  {
    flags: { "wechat.timeout": "0" },
    environment: {},
    problem: '--wechat-timeout must be a number from 0.1 to 120, not "0"',
  },
  {
    flags: { "log.level": "loud" },
    environment: {},
    problem: '--log-level must be one of debug, info, warn, error, not "loud"',
  },
  {
    flags: { workers: "0" },
    environment: {},
    problem: '--workers must be a whole number from 1 to 128, or auto, not "0"',
  },
  {
    flags: { workers: "129" },
    environment: {},
    problem: '--workers must be a whole number from 1 to 128, or auto, not "129"',
  },
  {
    flags: { trusted_proxies: "proxy" },
    environment: {},
    problem: '--trusted-proxies must be networks such as 10.0.0.0/8,fd00::/8, not "proxy"',
  },
  {
    flags: { httpaddr: "a b" },
    environment: {},
    problem: '--host must be an address or a host name, not "a b"',
  },
  { flags: { data_dir: "" }, environment: {}, problem: '--data-dir must name a folder, not ""' },
  {
    flags: { default_appid: "a b" },
    environment: {},
    problem: '--default-appid must be an appid, such as wx1234567890abcdef, not "a b"',
  },
  {
    flags: { envelope_paths: "old" },
    environment: {},
    problem:
      '--envelope-paths must be paths that begin with /, such as /wafer,/api/mina_auth, not "old"',
  },
  {
    flags: { trusted_networks: "10.0.0.0/33" },
    environment: {},
    problem: '--trusted-networks must be networks such as 10.0.0.0/8,fd00::/8, not "10.0.0.0/33"',
  },
  {
    flags: { trusted_networks: "lan" },
    environment: {},
    problem: '--trusted-networks must be networks such as 10.0.0.0/8,fd00::/8, not "lan"',
  },
  {
    flags: {},
    environment: { WAFERD_ADMIN_KEY: "short" },
    problem: "WAFERD_ADMIN_KEY must be at least 20 printable characters without spaces",
  },
  {
    flags: { "wechat.api_base": "https://api.weixin.qq.com/" },
    environment: {},
    problem:
      '--wechat-api-base must be an http or https address without a slash at its end, such as https://api.weixin.qq.com, not "https://api.weixin.qq.com/"',
  },
  {
    flags: {},
    environment: { WAFERD_MASTER_KEY: "x" },
    problem:
      "WAFERD_MASTER_KEY must be 64 lower-case hex digits, as `openssl rand -hex 32` makes them",
  },
])(
  "loadConfig() of a wrong flag or variable throws: $problem",
  ({ flags, environment, problem }) => {
    expect(problems(flags, environment)).toEqual([problem]);
  },
);

test.each([
  {
    conf: "htpport = 1",
    problem:
      "app.conf:1 htpport is not an option; did you mean httpport? `waferd serve --help` lists them all",
  },
  {
    conf: "\n[dev]\nnothing.like.it = 1",
    problem: "app.conf:3 nothing.like.it is not an option; `waferd serve --help` lists them all",
  },
  {
    conf: "port = 1",
    problem:
      "app.conf:1 port is not an option; did you mean httpport? `waferd serve --help` lists them all",
  },
  {
    conf: "a line without a meaning",
    problem: "app.conf:1 is not a `key = value`, a [section] or a # comment",
  },
  { conf: "httpport = x", problem: 'app.conf:1 must be a whole number from 0 to 65535, not "x"' },
  {
    conf: "sandbox_any_code = true",
    problem: "app.conf:1 needs sandbox: the real WeChat takes its own codes only",
  },
  {
    conf: "dbdriver = redis\nstore = mysql://u:s3cret@h/d",
    problem: "app.conf:1 is redis, and the address in store is for mysql: remove one of them",
  },
  {
    conf: "store = mysql://u:s3cret@h",
    problem:
      "app.conf:1 must be an address such as mysql://user:password@host:3306/database: it names no database",
  },
  {
    conf: "mysql.timezone = Asia/Shanghai",
    problem: 'app.conf:1 must be an offset such as +08:00, not "Asia/Shanghai"',
  },
  {
    conf: "redis.prot = 1",
    problem:
      "app.conf:1 redis.prot is not an option; did you mean redis.port? `waferd serve --help` lists them all",
  },
  {
    conf: "admin_key = short",
    problem: "app.conf:1 must be at least 20 printable characters without spaces",
  },
  {
    conf: "wechat.proxy = 10.0.0.1:3128",
    problem: "app.conf:1 must be the address of an HTTP proxy, such as http://10.0.0.1:3128",
  },
  {
    conf: "runmode = a b",
    problem: 'app.conf:1 must be the name of a section, such as dev or prod, not "a b"',
  },
  {
    conf: "EnableHTTPS = true\nHTTPSKeyFile = key.pem",
    problem: "HTTPSCertFile is missing: EnableHTTPS needs a certificate and its key, in PEM",
  },
])("loadConfig() of a wrong file throws: $problem", ({ conf, problem }) => {
  expect(problems({}, {}, conf)).toEqual([problem]);
});

test("loadConfig() lists all mistakes at once", () => {
  expect(
    problems(
      { httpport: "x", "log.level": "loud" },
      { WAFERD_NOTHING: "1", WAFERD_ENVELOPE_PATHS: "x" },
      "x\nhtpport = 1",
    ),
  ).toHaveLength(5);
});

test("loadConfig() names variables that look like options and are not, and starts", () => {
  const environment = { WAFERD_PORT: "80", WAFERD_X: "80", WAFERD_REDIS_PROT: "1", OTHER: "x" };
  expect(load({}, environment).unknown).toEqual([
    "WAFERD_PORT is not an option; did you mean WAFERD_HTTPPORT? `waferd serve --help` lists them all",
    "WAFERD_X is not an option; `waferd serve --help` lists them all",
    "WAFERD_REDIS_PROT is not an option; did you mean WAFERD_REDIS_PORT? `waferd serve --help` lists them all",
  ]);
});

/** The variables of services in Kubernetes and of a link in Docker. */
const SERVICE_LINKS = {
  WAFERD_SERVICE_HOST: "10.96.0.1",
  WAFERD_SERVICE_PORT: "8888",
  WAFERD_SERVICE_PORT_HTTP: "8888",
  WAFERD_PORT: "tcp://10.96.0.1:8888",
  WAFERD_PORT_8888_TCP: "tcp://10.96.0.1:8888",
  WAFERD_PORT_8888_TCP_PROTO: "tcp",
  WAFERD_PORT_8888_TCP_PORT: "8888",
  WAFERD_PORT_8888_TCP_ADDR: "10.96.0.1",
  WAFERD_PORT_53_UDP: "udp://10.96.0.1:53",
  WAFERD_REDIS_SERVICE_HOST: "10.96.0.2",
  WAFERD_REDIS_SERVICE_PORT: "6379",
  WAFERD_REDIS_PORT: "tcp://10.96.0.2:6379",
  WAFERD_REDIS_PORT_6379_TCP_ADDR: "10.96.0.2",
  WAFERD_MYSQL_PORT: "tcp://10.96.0.3:3306",
  WAFERD_NAME: "/web/waferd",
  WAFERD_ENV_PATH: "/usr/bin",
  WAFERD_1_PORT_8888_TCP: "tcp://172.17.0.2:8888",
};

test("loadConfig() passes over the variables of services, also where they collide with options", () => {
  const { config, sources, unknown } = load({}, SERVICE_LINKS);
  expect(unknown).toEqual([]);
  expect(config["redis.port"]).toBe(6379);
  expect(config["mysql.port"]).toBe(3306);
  expect(config.httpport).toBe(8888);
  expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
  expect(load({}, { ...SERVICE_LINKS, WAFERD_REDIS_PORT: "7" }).config["redis.port"]).toBe(7);
});

test.each([
  { path: "app.conf", conf: "data_dir = ./d", from: "./d" },
  { path: "./app.conf", conf: "data_dir = d", from: "d" },
  { path: "conf/app.conf", conf: "data_dir = ../d", from: "d" },
  { path: "/etc/waferd/app.conf", conf: "data_dir = d", from: "/etc/waferd/d" },
  { path: "/etc/waferd/app.conf", conf: "data_dir = /srv/d", from: "/srv/d" },
  { path: "/etc/waferd/app.conf", conf: "", from: "/etc/waferd/data" },
])("a data_dir of $path with `$conf` is $from", ({ path, conf, from }) => {
  const { config } = loadConfig({ flags: {}, environment: {}, file: { path, text: conf } });
  expect(config.data_dir).toBe(from);
});

test("paths in a file are meant from its folder, those of flags and variables from the current one", () => {
  const text = "HTTPSCertFile = tls/c.pem\nlog.file = w.log\ndata_dir = d";
  const file = { path: "/srv/w/app.conf", text };
  const { config } = loadConfig({
    flags: { data_dir: "here" },
    environment: { WAFERD_LOG_FILE: "./there.log" },
    file,
  });
  expect(config).toMatchObject({
    HTTPSCertFile: "/srv/w/tls/c.pem",
    HTTPSKeyFile: "",
    "log.file": "./there.log",
    data_dir: "here",
  });
});
