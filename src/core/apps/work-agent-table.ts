import type { Page, PageRequest } from "../page.ts";
import type { Awaitable } from "../ports.ts";
import type { WorkAgent } from "./work-agent.ts";

export interface WorkAgentTable {
  get(corpid: string, agentid: string): Awaitable<WorkAgent | null>;
  /**
   * Registers or replaces an agent, and drops its credentials in the same transaction. A replaced
   * agent keeps its createdAt.
   */
  put(agent: WorkAgent): Promise<{ agent: WorkAgent; isNew: boolean }>;
  /** Removes an agent with its credentials in one transaction, and tells whether there was one. */
  delete(corpid: string, agentid: string): Promise<boolean>;
  /** Lists agents by corpid and agentid. */
  list(page: PageRequest): Awaitable<Page<WorkAgent>>;
}
