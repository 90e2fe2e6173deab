import type { OpenService } from "../cli/api/store-connection.ts";
import { effectiveConfig } from "../config/effective.ts";
import { ServerLog } from "../core/logs/server-log.ts";
import { Followers } from "../http/rest/followers.ts";
import { restInProcess } from "../http/rest/in-process.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { compose } from "./compose.ts";
import { clock, random } from "./ports.ts";
import { checkSelf } from "./self-check.ts";

/** Opens the service without a server, for commands that run while no server does. */
export const openService: OpenService = async (loaded, log) => {
  const { config } = loaded;
  const sandbox = config.sandbox
    ? await startSandbox({ clock, random, takesAnyCode: config.sandbox_any_code })
    : null;
  const { core, store, wechat, facts, backups, storeChecks, close } = await compose(config, log, {
    sandbox,
    isServer: false,
    processes: 1,
  });
  // There is no server whose log could be read.
  const serverLog = new ServerLog(async () => []);
  return {
    store,
    wechat,
    handle: restInProcess({
      core,
      log,
      facts: {
        ...facts,
        getServerProcesses: async () => null,
        getUrl: () => null,
        requestReload: async () => false,
        checkSelf: () => checkSelf(config, { store, backups, storeChecks }),
        certificate: null,
      },
      config: effectiveConfig(loaded),
      serverLog,
      followers: new Followers(serverLog),
      ...{ backups, storeChecks },
      observe: null,
      maxBodyBytes: config["gateway.max_body"],
    }),
    async close() {
      await close();
      await sandbox?.stop();
    },
  };
};
