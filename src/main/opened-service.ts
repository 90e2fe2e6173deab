import type { OpenService } from "../cli/api/store-connection.ts";
import { restInProcess } from "../http/rest/in-process.ts";
import { startSandbox } from "../sandbox/sandbox.ts";
import { compose } from "./compose.ts";
import { clock, random } from "./ports.ts";

/** Opens the service without a server, for commands that run while no server does. */
export const openService: OpenService = async (config, log) => {
  const sandbox = config.sandbox ? await startSandbox({ clock, random }) : null;
  const { core, store, wechat, facts, close } = await compose(config, log, {
    sandbox,
    isServer: false,
    isShared: true,
    processes: 1,
  });
  return {
    store,
    wechat,
    handle: restInProcess({
      core,
      log,
      facts: { ...facts, getServerProcesses: async () => null, getUrl: () => null },
      observe: null,
    }),
    async close() {
      await close();
      await sandbox?.stop();
    },
  };
};
