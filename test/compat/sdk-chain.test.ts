/**
 * The old clients as they are published, chained as in production: wafer-client-sdk, Express with
 * qcloud-weapp-server-sdk, waferd.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { ClientUserInfo } from "../../src/sandbox/mini-program.ts";
import type { SandboxUser } from "../../src/sandbox/world.ts";
import { Api } from "../harness/api.ts";
import { type Production, startProduction } from "../harness/production.ts";

const BUSINESS = join(import.meta.dir, "business/server.cjs");

/** The options of a request that the client SDK makes on its phone. */
interface Options {
  url: string;
  header?: Record<string, string>;
  method?: string;
  success(result: object): void;
  fail(error: object): void;
}

/**
 * The part of WeChat's `wx` object that the SDK uses, with a user of the simulated WeChat behind
 * it.
 */
class Phone {
  readonly #production;
  readonly #user;
  readonly #storage = new Map<string, unknown>();
  #last: (ClientUserInfo & { code: string }) | null = null;
  readonly requests: string[] = [];
  logins = 0;

  constructor(production: Production, user: SandboxUser) {
    this.#production = production;
    this.#user = user;
  }

  login = ({ success }: Options) => {
    this.logins += 1;
    this.#last = this.#production.device(this.#user);
    success({ errMsg: "login:ok", code: this.#last.code });
  };
  getUserInfo = ({ success, fail }: Options) => {
    if (this.#last === null) fail({ errMsg: "getUserInfo:fail" });
    else success(this.#last);
  };
  checkSession = ({ success }: Options) => success({ errMsg: "checkSession:ok" });
  request = ({ url, header = {}, method = "GET", success, fail }: Options) => {
    this.requests.push(new URL(url).pathname);
    fetch(url, { method, headers: header }).then(
      async (response) => {
        const text = await response.text();
        let data: unknown = text;
        try {
          data = JSON.parse(text);
        } catch {
          // wx.request gives the text then.
        }
        success({ statusCode: response.status, data });
      },
      (error: Error) => fail({ errMsg: error.message }),
    );
  };
  /** The SDK registers for these when it is loaded, for tunnels, which nobody opens here. */
  onSocketOpen = () => undefined;
  onSocketMessage = () => undefined;
  onSocketClose = () => undefined;
  onSocketError = () => undefined;
  getStorageSync = (key: string) => this.#storage.get(key) ?? "";
  setStorageSync = (key: string, value: unknown) => void this.#storage.set(key, value);
  removeStorageSync = (key: string) => void this.#storage.delete(key);
}

interface Sdk {
  setLoginUrl(url: string): void;
  login(options: { success(userInfo: object): void; fail(error: object): void }): void;
  request(options: {
    url: string;
    login?: boolean;
    success(result: object): void;
    fail(error: object): void;
  }): void;
}

let production: Production;
let business: Bun.Subprocess<"ignore", "pipe", "inherit">;
let businessUrl: string;
let sdk: Sdk;

beforeAll(async () => {
  production = await startProduction();
  business = Bun.spawn(["node", BUSINESS], {
    env: { PATH: Bun.env["PATH"] ?? "", AUTH_SERVER_URL: `${production.waferd.url}/mina_auth/` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const chunk of business.stdout) {
    businessUrl = `http://127.0.0.1:${new TextDecoder().decode(chunk).trim()}`;
    break;
  }
  phoneOf("nobody");
  sdk = require("wafer-client-sdk");
  sdk.setLoginUrl(`${businessUrl}/login`);
});
afterAll(async () => {
  business.kill();
  await business.exited;
  await production[Symbol.asyncDispose]();
});

/** Puts another phone into the SDK's hands. */
function phoneOf(name: string): Phone & { user: SandboxUser } {
  const user = production.user(name);
  const phone = Object.assign(new Phone(production, user), { user });
  (globalThis as Record<string, unknown>)["wx"] = phone;
  return phone;
}

const login = () => new Promise<object>((success, fail) => sdk.login({ success, fail }));
const me = () =>
  new Promise<object>((success, fail) =>
    sdk.request({ url: `${businessUrl}/me`, login: true, success, fail }),
  );

test("a user logs in, and the requests after it have the session", async () => {
  const phone = phoneOf("alice");
  expect(await login()).toMatchObject({ nickName: "alice" });
  for (let again = 0; again < 3; again += 1)
    expect(await me()).toMatchObject({ data: { hello: "alice", openId: phone.user.openid } });
  expect(phone.requests).toEqual(["/login", "/me", "/me", "/me"]);
  expect(phone.logins).toBe(1);
});

test("a request of a user who is not logged in logs in first", async () => {
  const phone = phoneOf("bob");
  expect(await me()).toMatchObject({ data: { hello: "bob" } });
  expect(phone.requests).toEqual(["/login", "/me"]);
});

test("a session that has ended is logged in again by the SDK itself, and the request comes to its end", async () => {
  const phone = phoneOf("carol");
  await login();
  const api = await Api.of(production.waferd);
  const { appid, openid } = phone.user;
  const ended = await api.call("DELETE", `/apps/${appid}/sessions?openid=${openid}`, {
    key: production.adminKey,
  });
  expect(ended.body).toEqual({ revoked: 1, complete: true });
  expect(await me()).toMatchObject({ data: { hello: "carol" } });
  expect(phone.requests).toEqual(["/login", "/me", "/login", "/me"]);
  expect(phone.logins).toBe(2);
});

test("a code that WeChat refuses fails with its return code in the mini program", async () => {
  const phone = phoneOf("dave");
  production.sandbox.world.change(phone.user, { blocked: true });
  const error = await login().catch((failed: object) => failed);
  expect(error).toMatchObject({ message: expect.stringContaining("40029 - WEIXIN_CODE_ERR") });
});

test("an outage of waferd does not ask for a new login", async () => {
  const phone = phoneOf("erin");
  await login();
  await production.waferd.stop();
  const error = await me().catch((failed: object) => failed);
  expect(error).toMatchObject({ type: "ERR_CHECK_LOGIN_FAILED" });
  expect(phone.requests).toEqual(["/login", "/me"]);
  expect(phone.logins).toBe(1);
});
