import { isDeadTokenCode } from "../credentials/dead-token.ts";
import type { OwnerCredentials } from "../credentials/owner-credentials.ts";
import { Failure } from "../errors.ts";
import type { Limits } from "../limits/limits.ts";
import { type GatewayOwner, TOKEN_KINDS } from "./gateway-owner.ts";
import type { GatewayAnswer, GatewayCall, GatewayUpstream } from "./gateway-upstream.ts";
import { PathNames } from "./path-names.ts";

/** A call of the gateway that WeChat answered, or that failed. */
export interface CountedCall {
  /** An appid, or `corpid:agentid`. */
  owner: string;
  /** One of at most 200 an owner, or `other`. */
  path: string;
  /** WeChat's errcode, 0 for every other answer, or the failure's code. */
  outcome: number | Failure["code"];
}

export interface GatewayServiceDeps {
  ownerCredentials: OwnerCredentials;
  limits: Limits;
  gatewayUpstream: GatewayUpstream;
  /** Told of every call. */
  onGatewayCall: (call: CountedCall) => void;
}

/** Calls WeChat and WeCom with hosted tokens, on behalf of those who hold none. */
export class GatewayService {
  readonly #deps;
  readonly #names = new PathNames();

  constructor(deps: GatewayServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Makes a call with the owner's token. When WeChat finds the token dead, renews it, unless that
   * was done meanwhile, and makes the call again if its body was kept.
   *
   * @param by who calls, as `GatewayAccess` says it
   * @returns a Failure: tooOften, wechatUnreachable, or one of {@link OwnerCredentials.get}
   */
  async call(call: GatewayCall, by: string): Promise<GatewayAnswer | Failure> {
    const refused = this.#deps.limits.of("gateway").pass(by, { key: by });
    if (refused !== null) return refused;
    const { owner } = call;
    const token = await this.#token(owner, null);
    if (token instanceof Failure) return token;
    const name = this.#names.of(owner.name, call.path);
    const answer = await this.#send(call, token, name);
    const outcome = answer instanceof Failure ? answer.code : (answer.error?.errcode ?? 0);
    this.#deps.onGatewayCall({ owner: owner.name, path: name, outcome });
    return answer;
  }

  async #send(call: GatewayCall, token: string, name: string): Promise<GatewayAnswer | Failure> {
    const { gatewayUpstream } = this.#deps;
    const first = await gatewayUpstream.send(call, token, name);
    if (first instanceof Failure || !isDead(first, call.owner)) return first;
    // Also without a second attempt, so that the next call is good.
    const renewed = await this.#token(call.owner, token);
    if (renewed instanceof Failure) return renewed;
    return "kept" in call.body ? gatewayUpstream.send(call, renewed, name) : first;
  }

  /** @param dead the token that WeChat refused; null for none */
  async #token({ kind, name }: GatewayOwner, dead: string | null): Promise<string | Failure> {
    const served = await this.#deps.ownerCredentials.token(TOKEN_KINDS[kind], name, {
      rotate: dead,
    });
    return served instanceof Failure ? served : served.value;
  }
}

const isDead = ({ error }: GatewayAnswer, { kind }: GatewayOwner): boolean =>
  error !== null && isDeadTokenCode(kind, error.errcode);
