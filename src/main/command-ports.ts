import type { CommandPorts } from "../cli/deps.ts";
import { createWeChatClient } from "../wechat/client.ts";
import { probeUpstream } from "../wechat/probe.ts";
import { weChatOptions } from "./compose.ts";
import { openService } from "./opened-service.ts";
import { clock } from "./ports.ts";
import { processIo } from "./process-io.ts";
import { serve } from "./serve.ts";
import { storeTools } from "./store-tools.ts";
import { runWorker } from "./worker.ts";

/** Returns what the commands need of the rest of the program. Nothing is opened or started yet. */
export const commandPorts = (environment: NodeJS.ProcessEnv): CommandPorts => ({
  io: processIo(environment),
  clock,
  serve,
  work: runWorker,
  openService,
  doctor: {
    openStore: (config) => storeTools.open(config, "whole"),
    openWeChat: (config) => createWeChatClient(weChatOptions(config)),
    probe: probeUpstream,
  },
  storeTools,
});
