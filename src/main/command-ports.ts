import type { CommandPorts } from "../cli/deps.ts";
import { weChatOptions } from "./port-options.ts";
import { clock } from "./ports.ts";
import { processIo } from "./process-io.ts";
import { storeTools } from "./store-tools.ts";

/**
 * Returns what the commands need of the rest of the program. Nothing is opened or started yet, and
 * what serves is not even loaded: it takes time, and memory that a supervisor does not need.
 */
export const commandPorts = (environment: NodeJS.ProcessEnv): CommandPorts => ({
  io: processIo(environment),
  clock,
  serve: async (...given) => (await import("./serve.ts")).serve(...given),
  work: async () => (await import("./worker.ts")).runWorker(),
  copyBackup: async (...given) => (await import("./backup-process.ts")).runBackupCopy(...given),
  checkStore: async () => (await import("./store-check-process.ts")).runStoreCheck(),
  openService: async (...given) => (await import("./opened-service.ts")).openService(...given),
  doctor: {
    openStore: (config) => storeTools.openToRead(config, "whole"),
    openWeChat: async (config) =>
      (await import("../wechat/client.ts")).createWeChatClient(weChatOptions(config)),
    probe: async (...given) => (await import("../wechat/probe.ts")).probeUpstream(...given),
  },
  storeTools,
});
