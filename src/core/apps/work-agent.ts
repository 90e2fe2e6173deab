import type { Milliseconds } from "../ports.ts";

/** A WeCom agent: one app of one corporation, with a secret of its own. */
export interface WorkAgent {
  corpid: string;
  agentid: string;
  agentSecret: string;
  remark: string;
  createdAt: Milliseconds;
  updatedAt: Milliseconds;
}

const WORK_ID_FORM = /^[A-Za-z0-9_-]{1,100}$/;

/** Whether a text may be a corpid or an agentid: the old servers' columns of 100 characters. */
export const isWorkId = (text: string): boolean => WORK_ID_FORM.test(text);

/** How a WeCom agent is named where apps are. */
export const agentName = (corpid: string, agentid: string): string => `${corpid}:${agentid}`;
