import type { Milliseconds } from "../ports.ts";

/** A WeCom agent: one app of one corporation, with its own secret. */
export interface WorkAgent {
  corpid: string;
  agentid: string;
  agentSecret: string;
  remark: string;
  createdAt: Milliseconds;
  updatedAt: Milliseconds;
}

const WORK_ID_FORM = /^[A-Za-z0-9_-]{1,100}$/;

/** Tells whether a text fits as corpid or agentid: the old servers' columns have 100 characters. */
export const isWorkId = (text: string): boolean => WORK_ID_FORM.test(text);

/** Returns the name of a WeCom agent where apps are named by their appid. */
export const agentName = (corpid: string, agentid: string): string => `${corpid}:${agentid}`;

/** Returns the ids in the name of a WeCom agent, or null for a text of another form. */
export function parseAgentName(name: string): { corpid: string; agentid: string } | null {
  const [corpid = "", agentid = "", ...rest] = name.split(":");
  return isWorkId(corpid) && isWorkId(agentid) && rest.length === 0 ? { corpid, agentid } : null;
}
