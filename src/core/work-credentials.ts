import { isAppSecret } from "./app.ts";
import { attempt } from "./attempt.ts";
import { isWorkId, type WorkCredentialKind, workKey } from "./credential.ts";
import type {
  CredentialService,
  CredentialSource,
  CredentialWish,
  Fetch,
  ServedCredential,
} from "./credential-service.ts";
import { callWithToken, refusedAs } from "./dead-token.ts";
import { type ErrorCode, Failure } from "./errors.ts";
import type { Clock } from "./ports.ts";
import type { Store } from "./store.ts";
import type { WeChat } from "./wechat.ts";
import type { WorkAgent } from "./work-agent.ts";

export interface WorkCredentialsDeps {
  store: Store;
  clock: Clock;
  credentials: CredentialService;
  wechat: WeChat;
}

const NOT_SAVED: Record<WorkCredentialKind, ErrorCode> = {
  token: "tokenNotSaved",
  ticket: "ticketNotSaved",
  "agent-ticket": "agentTicketNotSaved",
};

/** WeCom agents, their tokens, their corps' tickets and their own. Everything is kept by corpid and agentid. */
export class WorkCredentials {
  readonly #deps;

  constructor(deps: WorkCredentialsDeps) {
    this.#deps = deps;
  }

  /**
   * Registers an agent, or replaces it and drops its cached credentials.
   *
   * @returns a Failure: badParameter, agentNotSaved
   */
  async register(
    agent: Pick<WorkAgent, "corpid" | "agentid" | "agentSecret" | "remark">,
  ): Promise<null | Failure> {
    const { store, clock } = this.#deps;
    if (!isWorkId(agent.corpid)) return new Failure("badParameter", { reason: "corpid" });
    if (!isWorkId(agent.agentid)) return new Failure("badParameter", { reason: "agentid" });
    if (!isAppSecret(agent.agentSecret)) return new Failure("badParameter", { reason: "agentsecret" });
    const now = clock.now();
    const saved = await attempt("agentNotSaved", () =>
      store.workAgents.put({ ...agent, createdAt: now, updatedAt: now }),
    );
    return saved instanceof Failure ? saved : null;
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
    wish: CredentialWish = {},
  ): Promise<ServedCredential | Failure> {
    const agent = await this.#find(corpid, agentid);
    return agent instanceof Failure ? agent : this.#deps.credentials.get(this.#source(agent, kind), wish);
  }

  /** Where the credential of a key comes from, or null when it is no agent's, or its agent is gone. */
  async sourceOf(key: string): Promise<CredentialSource | null | Failure> {
    const [owner, corpid = "", agentid = "", kind] = key.split(":");
    if (owner !== "work") return null;
    const agent = await this.#find(corpid, agentid);
    if (agent instanceof Failure) return agent.code === "agentNotFound" ? null : agent;
    return this.#source(agent, kind as WorkCredentialKind);
  }

  async #find(corpid: string, agentid: string): Promise<WorkAgent | Failure> {
    const agent = await attempt("storeFailed", () =>
      isWorkId(corpid) && isWorkId(agentid) ? this.#deps.store.workAgents.get(corpid, agentid) : null,
    );
    return agent ?? new Failure("agentNotFound");
  }

  #source(agent: WorkAgent, kind: WorkCredentialKind): CredentialSource {
    const { wechat, credentials } = this.#deps;
    const fetchTicket = async (call: WeChat["fetchWorkTicket"], { holdOn }: Fetch) => {
      const token = this.#source(agent, "token");
      return refusedAs(
        "ticketRefused",
        await callWithToken(
          (wish) => credentials.get(token, wish),
          (accessToken) => call(agent, accessToken),
          holdOn,
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
        const now = await this.#find(agent.corpid, agent.agentid);
        return (
          now instanceof Failure ||
          (now.updatedAt === agent.updatedAt && now.agentSecret === agent.agentSecret)
        );
      },
      notSaved: NOT_SAVED[kind],
      fetch: fetch[kind],
    };
  }
}
