import type { Milliseconds } from "./ports.ts";

/** A WeCom agent: one app of one corporation, with a secret of its own. */
export interface WorkAgent {
  corpid: string;
  agentid: string;
  agentSecret: string;
  remark: string;
  createdAt: Milliseconds;
  updatedAt: Milliseconds;
}
