import type { WorkAgent } from "../apps/work-agent.ts";
import type { WorkAgentService } from "../apps/work-agent-service.ts";
import { type ErrorCode, Failure } from "../errors.ts";
import { type WorkCredentialKind, workKey } from "./credential.ts";
import type {
  CredentialOptions,
  CredentialService,
  CredentialSource,
  Fetch,
  ServedCredential,
} from "./credential-service.ts";
import type { CredentialUpstream } from "./credential-upstream.ts";
import { callWithToken, refusedAs } from "./dead-token.ts";

export interface WorkCredentialsDeps {
  agents: WorkAgentService;
  credentials: CredentialService;
  wechat: CredentialUpstream;
}

const NOT_SAVED: Record<WorkCredentialKind, ErrorCode> = {
  token: "tokenNotSaved",
  ticket: "ticketNotSaved",
  "agent-ticket": "agentTicketNotSaved",
};

/** WeCom agents' tokens, their corps' tickets and their own. Everything is kept by corpid and agentid. */
export class WorkCredentials {
  readonly #deps;

  constructor(deps: WorkCredentialsDeps) {
    this.#deps = deps;
  }

  /**
   * An agent's access token, its corp's ticket, or its own.
   *
   * @returns a Failure: agentNotFound, tokenRefused, ticketRefused, wechatUnreachable, wechatAnswerWrong,
   * tokenNotSaved, ticketNotSaved, agentTicketNotSaved, storeFailed
   */
  async get(
    kind: WorkCredentialKind,
    corpid: string,
    agentid: string,
    wish: CredentialOptions = {},
  ): Promise<ServedCredential | Failure> {
    const agent = await this.#deps.agents.find(corpid, agentid);
    return agent instanceof Failure
      ? agent
      : this.#deps.credentials.get(this.#source(agent, kind), wish);
  }

  /** Where the credential of a key comes from, or null when it is no agent's, or its agent is gone. */
  async sourceOf(key: string): Promise<CredentialSource | null | Failure> {
    const [owner, corpid = "", agentid = "", kind] = key.split(":");
    if (owner !== "work") return null;
    const agent = await this.#deps.agents.find(corpid, agentid);
    if (agent instanceof Failure) return agent.code === "agentNotFound" ? null : agent;
    return this.#source(agent, kind as WorkCredentialKind);
  }

  #source(agent: WorkAgent, kind: WorkCredentialKind): CredentialSource {
    const { wechat, credentials } = this.#deps;
    const fetchTicket = async (
      call: CredentialUpstream["fetchWorkTicket"],
      { extendLease }: Fetch,
    ) => {
      const token = this.#source(agent, "token");
      return refusedAs(
        "ticketRefused",
        await callWithToken(
          (wish) => credentials.get(token, wish),
          (accessToken) => call(agent, accessToken),
          extendLease,
        ),
      );
    };
    const fetch: Record<WorkCredentialKind, CredentialSource["fetch"]> = {
      token: async () => refusedAs("tokenRefused", await wechat.fetchWorkToken(agent)),
      ticket: (how) => fetchTicket(wechat.fetchWorkTicket, how),
      "agent-ticket": (how) => fetchTicket(wechat.fetchAgentTicket, how),
    };
    return {
      key: workKey(agent.corpid, agent.agentid, kind),
      owner: `${agent.corpid}:${agent.agentid}`,
      kind,
      ownerUpdatedAt: agent.updatedAt,
      isCurrent: async () => {
        const now = await this.#deps.agents.find(agent.corpid, agent.agentid);
        if (now instanceof Failure) return now.code !== "agentNotFound";
        return now.updatedAt === agent.updatedAt && now.agentSecret === agent.agentSecret;
      },
      notSaved: NOT_SAVED[kind],
      fetch: fetch[kind],
    };
  }
}
