import { type ClientUserInfo, getUserInfo } from "../../src/sandbox/mini-program.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import type { SandboxUser } from "../../src/sandbox/world.ts";
import { random } from "./scenario.ts";
import { noteSecret } from "./secrets.ts";
import { type EnvelopeAnswer, type StartOptions, Waferd } from "./waferd.ts";

export const APP = { appid: "wx1234567890abcdef", secret: "the-secret-of-the-first-app" };
export const OTHER_APP = { appid: "wxfedcba0987654321", secret: "the-secret-of-the-other-app" };

/**
 * The executable as in production, without its sandbox mode, with a simulated WeChat in the process
 * of the tests. Two apps are registered at both.
 */
export interface Production extends AsyncDisposable {
  waferd: Waferd;
  sandbox: Sandbox;
  adminKey: string;
  /** Returns a user of an app at the simulated WeChat, and creates it on first use. */
  user(name: string, appid?: string): SandboxUser;
  /** Runs wx.login and wx.getUserInfo on the user's phone. */
  device(user: SandboxUser): ClientUserInfo & { code: string };
  /** Logs a user in, with user data unless `silent`. */
  login(user: SandboxUser, silent?: boolean): Promise<EnvelopeAnswer>;
  /** Starts another process of the executable on the same data folder. */
  another(): Promise<Waferd>;
  /** Stops the executable by SIGTERM and starts it again on the same data. */
  restart(): Promise<void>;
}

export async function startProduction(options: StartOptions = {}): Promise<Production> {
  const sandbox = await startSandbox({
    clock: { now: () => Date.now(), sleep: Bun.sleep },
    random,
  });
  const start = (dataDir?: string) =>
    Waferd.start({
      ...options,
      environment: {
        WAFERD_WECHAT_API_BASE: sandbox.apiBase,
        WAFERD_WORK_API_BASE: sandbox.apiBase,
        WAFERD_WECHAT_TIMEOUT: "2",
        ...options.environment,
      },
      ...(dataDir !== undefined && { dataDir }),
    });
  let waferd = await start(options.dataDir);
  const first = waferd;
  const adminKey = options.environment?.["WAFERD_ADMIN_KEY"] ?? waferd.adminKey;
  for (const { appid, secret } of [APP, OTHER_APP]) {
    sandbox.world.apps.set(appid, secret);
    const answer = await waferd.call("qcloud.cam.initapp", { appid, secret }, { key: adminKey });
    if (answer.returnCode !== 0) throw new Error(`initapp: ${answer.returnMessage}`);
  }
  const device = (user: SandboxUser) => {
    const code = sandbox.world.giveCode(user);
    noteSecret(code, user.sessionKey);
    return { ...getUserInfo(sandbox.world, user), code };
  };
  return {
    get waferd() {
      return waferd;
    },
    sandbox,
    adminKey,
    user: (name, appid = APP.appid) => sandbox.world.user(appid, name),
    device,
    login(user, silent = false) {
      const { code, encryptedData, iv } = device(user);
      const userData = silent ? {} : { encrypt_data: encryptedData, iv };
      return waferd.call("qcloud.cam.id_skey", { code, ...userData }, { appid: user.appid });
    },
    another: () => start(first.dataDir),
    async restart() {
      await waferd.stop();
      waferd = await start(first.dataDir);
    },
    async [Symbol.asyncDispose]() {
      await waferd[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      await sandbox.stop();
    },
  };
}
