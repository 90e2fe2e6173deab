import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock } from "../ports.ts";
import { isAppSecret } from "./app.ts";
import type { WorkAgent } from "./work-agent.ts";
import { agentName, isWorkId } from "./work-agent.ts";
import type { WorkAgentTable } from "./work-agent-table.ts";

export type NewWorkAgent = Pick<WorkAgent, "corpid" | "agentid" | "agentSecret" | "remark">;

export const MAX_REMARK_LENGTH = 255;

/** The WeCom agents that this server serves. */
export class WorkAgentService {
  readonly #deps;

  constructor(deps: { tables: { workAgents: WorkAgentTable }; clock: Clock; audit: AuditTrail }) {
    this.#deps = deps;
  }

  /**
   * Registers an agent, or replaces it and drops its cached credentials.
   *
   * @returns the agent and whether it is new, or a Failure: badParameter, agentNotSaved
   */
  async register(
    wanted: NewWorkAgent,
    actor: Actor,
  ): Promise<{ agent: WorkAgent; isNew: boolean } | Failure> {
    const { tables, clock, audit } = this.#deps;
    if (!isWorkId(wanted.corpid)) return new Failure("badParameter", { reason: "corpid" });
    if (!isWorkId(wanted.agentid)) return new Failure("badParameter", { reason: "agentid" });
    if (!isAppSecret(wanted.agentSecret))
      return new Failure("badParameter", { reason: "agentsecret" });
    if (wanted.remark.length > MAX_REMARK_LENGTH || !wanted.remark.isWellFormed())
      return new Failure("badParameter", { reason: "remark" });
    const now = clock.now();
    const put = await attempt("agentNotSaved", () =>
      tables.workAgents.put({ ...wanted, createdAt: now, updatedAt: now }),
    );
    if (put instanceof Failure) return put;
    await audit.record(actor, "agent.registered", agentName(wanted.corpid, wanted.agentid), [
      "secret",
      "remark",
    ]);
    return put;
  }

  /** Returns the agent of these ids; a Failure: agentNotFound, storeFailed. */
  async find(corpid: string, agentid: string): Promise<WorkAgent | Failure> {
    const agent = await attempt("storeFailed", () =>
      isWorkId(corpid) && isWorkId(agentid)
        ? this.#deps.tables.workAgents.get(corpid, agentid)
        : null,
    );
    return agent ?? new Failure("agentNotFound");
  }

  /** Lists agents by corpid and agentid; a Failure: badParameter (cursor), storeFailed. */
  list(page: PageRequest): Promise<Page<WorkAgent> | Failure> {
    return attempt("storeFailed", () => this.#deps.tables.workAgents.list(page));
  }

  /** Removes an agent with its credentials; a Failure: agentNotFound, agentNotSaved. */
  async remove(corpid: string, agentid: string, actor: Actor): Promise<null | Failure> {
    const { tables, audit } = this.#deps;
    const removed = await attempt("agentNotSaved", () =>
      isWorkId(corpid) && isWorkId(agentid) ? tables.workAgents.delete(corpid, agentid) : false,
    );
    if (removed instanceof Failure) return removed;
    if (!removed) return new Failure("agentNotFound");
    await audit.record(actor, "agent.deleted", agentName(corpid, agentid));
    return null;
  }
}
