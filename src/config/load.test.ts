import { expect, test } from "bun:test";
import { StartError } from "../core/errors.ts";
import { loadConfig } from "./load.ts";
import { environmentName, flagName, type OptionName, options } from "./schema.ts";

const load = (flags: object = {}, environment: Record<string, string> = {}) =>
  loadConfig({ flags, environment });

/** The lines of the StartError that these sources make. */
function problems(flags: object, environment: Record<string, string> = {}): string[] {
  try {
    load(flags, environment);
    return [];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
}

/** A valid value of every option that is not its default, as text and as it is read. */
const VALUES: Record<OptionName, [text: string, value: unknown]> = {
  httpaddr: ["0.0.0.0", "0.0.0.0"],
  httpport: ["80", 80],
  EnableDocs: ["false", false],
  data_dir: ["/var/lib/waferd", "/var/lib/waferd"],
  sandbox: ["true", true],
  default_appid: ["wx1", "wx1"],
  sessions_per_user: ["3", 3],
  envelope_paths: ["/a, /b/c", ["/a", "/b/c"]],
  trusted_networks: ["10.0.0.0/8,fd00::/8,192.0.2.1", ["10.0.0.0/8", "fd00::/8", "192.0.2.1"]],
  cors_origins: ["https://a.example, http://localhost:5173", ["https://a.example", "http://localhost:5173"]],
  admin_key: ["x".repeat(20), "x".repeat(20)],
  master_key: ["ab".repeat(32), "ab".repeat(32)],
  "wechat.api_base": ["http://127.0.0.1:1/base", "http://127.0.0.1:1/base"],
  "work.api_base": ["https://work.example", "https://work.example"],
  "wechat.connect_timeout": ["0.5", 0.5],
  "wechat.timeout": ["20", 20],
  "log.level": ["debug", "debug"],
};

test("every option has its default when nothing is given", () => {
  expect(load()).toMatchObject({
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
  "%s comes from a flag, or from the environment, the flag first",
  (name) => {
    const [text, value] = VALUES[name];
    const variable = environmentName(name);
    expect(load({ [name]: text })[name]).toEqual(value as never);
    expect(load({}, { [variable]: text })[name]).toEqual(value as never);
    expect(load({ [name]: text }, { [variable]: "" })[name]).toEqual(value as never);
    expect(load({}, { [variable]: "" })[name]).toEqual(load()[name] as never);
    expect(load({ [name]: text }, { [variable]: "7" })[name]).toEqual(value as never);
  },
);

test("names of the environment and of flags follow the rule", () => {
  expect(environmentName("wechat.api_base")).toBe("WAFERD_WECHAT_API_BASE");
  expect(flagName("wechat.api_base")).toBe("wechat-api-base");
});

test.each<[object, Record<string, string>, string]>([
  [{ httpport: "x" }, {}, '--port must be a whole number from 0 to 65535, not "x"'],
  [{}, { WAFERD_HTTPPORT: "65536" }, 'WAFERD_HTTPPORT must be a whole number from 0 to 65535, not "65536"'],
  [{ httpport: "1.5" }, {}, '--port must be a whole number from 0 to 65535, not "1.5"'],
  [{}, { WAFERD_SANDBOX: "yes" }, 'WAFERD_SANDBOX must be true or false, not "yes"'],
  [{ "wechat.timeout": "0" }, {}, '--wechat-timeout must be a number from 0.1 to 120, not "0"'],
  [{ "log.level": "loud" }, {}, '--log-level must be one of debug, info, warn, error, not "loud"'],
  [{ httpaddr: "a b" }, {}, '--host must be an address or a host name, not "a b"'],
  [{ data_dir: "" }, {}, '--data-dir must name a folder, not ""'],
  [{ default_appid: "a b" }, {}, '--default-appid must be an appid, such as wx1234567890abcdef, not "a b"'],
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
    "WAFERD_PORT is no option, WAFERD_HTTPPORT is; `waferd serve --help` lists them all",
  ],
  [{}, { WAFERD_X: "80" }, "WAFERD_X is no option; `waferd serve --help` lists them all"],
])("%j and %j make the mistake %j", (flags, environment, problem) => {
  expect(problems(flags, environment)).toEqual([problem]);
});

test("all mistakes are told at once", () => {
  expect(
    problems({ httpport: "x", "log.level": "loud" }, { WAFERD_NOTHING: "1", WAFERD_ENVELOPE_PATHS: "x" }),
  ).toHaveLength(4);
});
