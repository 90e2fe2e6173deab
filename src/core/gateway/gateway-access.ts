import type { Access, Caller } from "../access/access.ts";
import type { Capability } from "../access/service-key.ts";
import type { AppService } from "../apps/app-service.ts";
import { parseAgentName } from "../apps/work-agent.ts";
import type { WorkAgentService } from "../apps/work-agent-service.ts";
import type { ServedCredential } from "../credentials/credential-service.ts";
import type { TicketKind } from "../credentials/kinds.ts";
import type { OwnerCredentials } from "../credentials/owner-credentials.ts";
import { Failure } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { type GatewayOwner, TOKEN_KINDS } from "./gateway-owner.ts";
import { GATEWAY_TOKEN_SECONDS, type GatewayTokens } from "./gateway-tokens.ts";
import { isRefusedPath } from "./refused-paths.ts";

/** How a caller of the gateway shows who it is. */
export type GatewayProof =
  /** A key in the header Authorization, or the owner of the data folder. */
  | { caller: Caller }
  /** The value of `access_token`. */
  | {
      token: string;
      /** The client's; null when it is unknown. */
      address: string | null;
    };

/** A token or a ticket as WeChat's own endpoints give it. */
export interface GivenCredential {
  value: string;
  expiresInSeconds: number;
}

export interface GatewayAccessDeps {
  access: Access;
  apps: AppService;
  workAgents: WorkAgentService;
  ownerCredentials: OwnerCredentials;
  tokens: GatewayTokens;
  clock: Clock;
}

/** Decides who may call what through the gateway (docs/protocol-reference.md#gateway). */
export class GatewayAccess {
  readonly #deps;

  constructor(deps: GatewayAccessDeps) {
    this.#deps = deps;
  }

  /**
   * Returns who the caller is, if it may call a path.
   *
   * @returns a Failure: keyRequired, also for a gateway token that is dead or of another owner;
   * forbidden, also for the hosted token; tooOften, pathRefused, storeFailed
   */
  async authorize(
    owner: GatewayOwner,
    proof: GatewayProof,
    path: string,
  ): Promise<string | Failure> {
    const by = await this.#authorize(owner, proof, "proxy", path);
    if (by instanceof Failure) return by;
    return isRefusedPath(path, !by.startsWith("key:")) ? new Failure("pathRefused") : by;
  }

  /** Returns who the caller is, if it may have a ticket that a path of WeChat's gives. */
  async authorizeTicket(
    owner: GatewayOwner,
    proof: GatewayProof,
    path: string,
  ): Promise<string | Failure> {
    const by = await this.#authorize(owner, proof, "ticket");
    if (!(by instanceof Failure) || by.code !== "forbidden") return by;
    return this.#authorize(owner, proof, "proxy", path);
  }

  /**
   * Exchanges a service key, which stands where WeChat expects the secret: for the hosted token if
   * the key has `token`, else for a gateway token.
   *
   * @param caller with the service key as its key
   * @param force renews the hosted token
   * @returns a Failure: keyRequired; forbidden for a key with neither right; appNotFound,
   * agentNotFound; tooOften, or one of {@link OwnerCredentials.get}
   */
  async exchange(
    owner: GatewayOwner,
    caller: Caller,
    force: boolean,
  ): Promise<GivenCredential | Failure> {
    const { access, ownerCredentials, tokens } = this.#deps;
    const byToken = await access.authorize(caller, { capability: "token", app: owner.name });
    if (!(byToken instanceof Failure)) {
      const served = await ownerCredentials.get(TOKEN_KINDS[owner.kind], owner.name, { force });
      return this.#given(served);
    }
    if (byToken.code !== "forbidden") return byToken;
    const byProxy = await access.authorize(caller, { capability: "proxy", app: owner.name });
    if (byProxy instanceof Failure) return (await this.#missing(owner)) ?? byProxy;
    const missing = await this.#missing(owner);
    if (missing !== null) return missing;
    const value = tokens.issue(owner, byProxy.slice("key:".length));
    return { value, expiresInSeconds: GATEWAY_TOKEN_SECONDS };
  }

  /** Returns a hosted ticket; a Failure of {@link OwnerCredentials.get}. */
  async ticket({ name }: GatewayOwner, kind: TicketKind): Promise<GivenCredential | Failure> {
    return this.#given(await this.#deps.ownerCredentials.get(kind, name));
  }

  #given(served: ServedCredential | Failure): GivenCredential | Failure {
    if (served instanceof Failure) return served;
    const left = Math.floor((served.expiresAt - this.#deps.clock.now()) / 1000);
    return { value: served.value, expiresInSeconds: Math.max(0, left) };
  }

  async #authorize(
    owner: GatewayOwner,
    proof: GatewayProof,
    capability: Capability,
    path?: string,
  ): Promise<string | Failure> {
    const { access, tokens, ownerCredentials } = this.#deps;
    const need = { capability, app: owner.name, ...(path !== undefined && { path }) };
    if ("caller" in proof) return access.authorize(proof.caller, need);
    const keyId = tokens.keyIdOf(owner, proof.token);
    if (keyId !== null) return access.authorizeKeyOf(keyId, proof.address, need);
    // An SDK that is told that it is dead would get the same one again, and never stop.
    const kind = TOKEN_KINDS[owner.kind];
    const isHosted = await ownerCredentials.isHosted(kind, owner.name, proof.token);
    if (isHosted instanceof Failure) return isHosted;
    return isHosted
      ? new Failure("forbidden", { cause: "access_token is the hosted token, for WeChat itself" })
      : new Failure("keyRequired", { cause: "access_token is not a gateway token, or dead" });
  }

  /** Returns the failure for an owner that is not registered; null for one that is. */
  async #missing({ name }: GatewayOwner): Promise<Failure | null> {
    const { apps, workAgents } = this.#deps;
    const agent = parseAgentName(name);
    const found =
      agent === null ? await apps.find(name) : await workAgents.find(agent.corpid, agent.agentid);
    return found instanceof Failure ? found : null;
  }
}
