import type { WorkAgent } from "../../core/apps/work-agent.ts";
import type { WorkAgentTable } from "../../core/apps/work-agent-table.ts";
import { workKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import { fromCursor } from "../cursor.ts";
import { fromDatetime } from "../layout/datetime.ts";
import { removeCredentials } from "./credentials.ts";
import type { Database } from "./database.ts";
import type { Layout } from "./layout.ts";
import { lock, slotOf } from "./locks.ts";
import { toPage } from "./paging.ts";

interface AgentRow {
  corpid: string;
  agentid: string;
  agentsecret: string | null;
  remark: string | null;
  update_time: Date | null;
  /** null without a row in `waferd_agents`: another server registered the agent. */
  created_at: number | string | null;
  updated_at: number | string | null;
}

type AgentKey = [corpid: string, agentid: string];

/** Agents are rows of `cAppinfo_work`, with further columns in `waferd_agents`. */
export class MySqlWorkAgents implements WorkAgentTable {
  readonly #db;
  readonly #table: string;
  readonly #zone: ZoneMinutes;
  readonly #select: string;

  constructor(db: Database, { tables, zone }: Layout) {
    this.#db = db;
    this.#table = tables.cAppinfo_work;
    this.#zone = zone;
    this.#select = `SELECT a.corpid, a.agentid, a.agentsecret, a.remark, a.update_time, w.created_at, w.updated_at
      FROM ${this.#table} a LEFT JOIN waferd_agents w ON w.corpid = a.corpid AND w.agentid = a.agentid`;
  }

  async get(corpid: string, agentid: string): Promise<WorkAgent | null> {
    const [row] = await this.#db.run<AgentRow>(
      `${this.#select} WHERE a.corpid = ? AND a.agentid = ?`,
      [corpid, agentid],
    );
    return row === undefined ? null : this.#load(row);
  }

  async put(agent: WorkAgent): Promise<{ agent: WorkAgent; isNew: boolean }> {
    const { corpid, agentid } = agent;
    return this.#db.transaction(async (queries) => {
      await lock(queries, slotOf("work-agents", corpid, agentid));
      const [row] = await queries.run<AgentRow>(
        `${this.#select} WHERE a.corpid = ? AND a.agentid = ?`,
        [corpid, agentid],
      );
      const createdAt = row === undefined ? agent.createdAt : this.#load(row).createdAt;
      await queries.run(
        row === undefined
          ? `INSERT INTO ${this.#table} (agentsecret, remark, corpid, agentid) VALUES (?, ?, ?, ?)`
          : // Another secret invalidates the tokens, also those of scf.
            `UPDATE ${this.#table} SET agentsecret = ?, remark = ?, access_token = '', ticket = '', agent_ticket = ''
              WHERE corpid = ? AND agentid = ?`,
        [agent.agentSecret, agent.remark, corpid, agentid],
      );
      await queries.run(
        "REPLACE INTO waferd_agents (corpid, agentid, created_at, updated_at) VALUES (?, ?, ?, ?)",
        [corpid, agentid, createdAt, agent.updatedAt],
      );
      await removeCredentials(queries, workKeyPrefix(corpid, agentid));
      return { agent: { ...agent, createdAt }, isNew: row === undefined };
    });
  }

  async delete(corpid: string, agentid: string): Promise<boolean> {
    return this.#db.transaction(async (queries) => {
      const { affectedRows } = await queries.run(
        `DELETE FROM ${this.#table} WHERE corpid = ? AND agentid = ?`,
        [corpid, agentid],
      );
      await queries.run("DELETE FROM waferd_agents WHERE corpid = ? AND agentid = ?", [
        corpid,
        agentid,
      ]);
      await removeCredentials(queries, workKeyPrefix(corpid, agentid));
      return affectedRows > 0;
    });
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<WorkAgent>> {
    const first: AgentKey = ["", ""];
    const [corpid, agentid] = cursor === undefined ? first : fromCursor(cursor, first);
    return this.#db.read(
      `${this.#select} WHERE a.corpid > ? OR (a.corpid = ? AND a.agentid > ?)
        ORDER BY a.corpid, a.agentid LIMIT ?`,
      [corpid, corpid, agentid, limit + 1],
      (rows: AgentRow[]) => toPage(rows, limit, keyOf, (row) => this.#load(row)),
    );
  }

  #load(row: AgentRow): WorkAgent {
    const updatedAt = fromDatetime(row.update_time, this.#zone) ?? 0;
    return {
      corpid: row.corpid,
      agentid: row.agentid,
      agentSecret: row.agentsecret ?? "",
      remark: row.remark ?? "",
      createdAt: Number(row.created_at ?? updatedAt),
      updatedAt: Number(row.updated_at ?? updatedAt),
    };
  }
}

const keyOf = ({ corpid, agentid }: AgentRow): AgentKey => [corpid, agentid];
