import type { WorkAgent } from "../../core/apps/work-agent.ts";
import type { WorkAgentTable } from "../../core/apps/work-agent-table.ts";
import { workKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { LmdbCredentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { KeptReads } from "./kept-reads.ts";
import { readPage } from "./paging.ts";

type AgentKey = [corpid: string, agentid: string];
type AgentRecord = Omit<WorkAgent, "agentSecret"> & { agentSecret: Uint8Array };

const secretPlace = ([corpid, agentid]: AgentKey): string =>
  `work-agents:${corpid}:${agentid}:agentSecret`;

export class LmdbWorkAgents implements WorkAgentTable {
  readonly #env;
  readonly #sealer;
  readonly #credentials;
  readonly #agents;
  readonly #kept;

  constructor(env: Environment, sealer: Sealer, credentials: LmdbCredentials) {
    this.#env = env;
    this.#sealer = sealer;
    this.#credentials = credentials;
    this.#agents = env.table<AgentRecord, AgentKey>("work-agents");
    this.#kept = new KeptReads<WorkAgent>(env);
  }

  get(corpid: string, agentid: string): WorkAgent | null {
    // With its length, because either part may have any character.
    return this.#kept.get(`${corpid.length} ${corpid}${agentid}`, () => {
      const record = this.#agents.get([corpid, agentid]);
      return record === undefined ? null : this.#load([corpid, agentid], record);
    });
  }

  put(agent: WorkAgent): Promise<{ agent: WorkAgent; isNew: boolean }> {
    const key: AgentKey = [agent.corpid, agent.agentid];
    const agentSecret = this.#sealer.seal(agent.agentSecret, secretPlace(key));
    return this.#env.write(() => {
      const known = this.#agents.get(key);
      const createdAt = known?.createdAt ?? agent.createdAt;
      this.#agents.put(key, { ...agent, createdAt, agentSecret });
      this.#credentials.removeByPrefix(workKeyPrefix(agent.corpid, agent.agentid));
      return { agent: { ...agent, createdAt }, isNew: known === undefined };
    });
  }

  delete(corpid: string, agentid: string): Promise<boolean> {
    return this.#env.write(() => {
      if (this.#agents.get([corpid, agentid]) === undefined) return false;
      this.#agents.remove([corpid, agentid]);
      this.#credentials.removeByPrefix(workKeyPrefix(corpid, agentid));
      return true;
    });
  }

  list(page: PageRequest): Page<WorkAgent> {
    const range: { start: AgentKey; end: AgentKey } = { start: ["", ""], end: ["\u{10ffff}", ""] };
    return this.#env.read(() =>
      readPage(this.#agents, range, page, (key, record) => this.#load(key, record)),
    );
  }

  #load(key: AgentKey, record: AgentRecord): WorkAgent {
    return { ...record, agentSecret: this.#sealer.open(record.agentSecret, secretPlace(key)) };
  }
}
