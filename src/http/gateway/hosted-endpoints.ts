import { isServiceKey } from "../../core/access/service-key.ts";
import type { Core } from "../../core/core.ts";
import type { CredentialOwner, TicketKind } from "../../core/credentials/kinds.ts";
import { Failure } from "../../core/errors.ts";
import type { GatewayProof } from "../../core/gateway/gateway-access.ts";
import type { GatewayOwner } from "../../core/gateway/gateway-owner.ts";
import { readBody } from "../body.ts";
import type { Target } from "./target.ts";
import type { Words } from "./wechat-words.ts";

/** A request to an endpoint that waferd answers itself, without a call to WeChat. */
export interface HostedRequest extends Target {
  core: Core;
  request: Request;
  /** Without access_token. */
  query: URLSearchParams;
  proof: GatewayProof;
  /** The client's address; null when it is unknown. */
  address: string | null;
}

/** The answer, or WeChat's words for a request that is wrong, or a failure. */
export type HostedOutcome = { answer: object } | { refusal: Words } | Failure;

export interface HostedEndpoint {
  /** Whether a service key stands where WeChat expects the secret. */
  takesSecret: boolean;
  answer(asked: HostedRequest): Promise<HostedOutcome>;
}

/** Returns the endpoint of a path that waferd answers; null for one that WeChat has to answer. */
export const hostedEndpoint = ({ owner, path }: Target): HostedEndpoint | null =>
  ENDPOINTS[owner.kind][path.replace(/\/$/, "").toLowerCase()] ?? null;

interface Credential {
  /** The owner's id as the request has it. */
  id: unknown;
  secret: unknown;
  grantType: unknown;
  force: boolean;
}

const refused = (errcode: number, errmsg: string): HostedOutcome => ({
  refusal: { errcode, errmsg },
});

/** Gives a token for a service key, as WeChat does for a secret. */
const tokenEndpoint = (
  read: (asked: HostedRequest) => Credential | Promise<Credential>,
): HostedEndpoint => ({
  takesSecret: true,
  async answer(asked) {
    const { core, owner, address } = asked;
    const { id, secret, grantType, force } = await read(asked);
    if (typeof id !== "string" || id === "") return refused(41002, "appid missing");
    if (id !== idOf(owner)) return refused(40013, "invalid appid, the path has another");
    if (typeof secret !== "string" || secret === "") return refused(41004, "appsecret missing");
    if (grantType !== "client_credential") return refused(40002, "invalid grant_type");
    // Never the admin key, which belongs in no business server and in no URL.
    const key = isServiceKey(secret) ? secret : "";
    const caller = { key, address, isLocal: false, isTrusted: false };
    const token = await core.gatewayAccess.exchange(owner, caller, force);
    if (token instanceof Failure) return token;
    const { value: access_token, expiresInSeconds: expires_in } = token;
    return { answer: { ...(owner.kind === "agent" && OK), access_token, expires_in } };
  },
});

/** Gives a hosted ticket. */
const ticketEndpoint = (kindOf: (query: URLSearchParams) => TicketKind | null): HostedEndpoint => ({
  takesSecret: false,
  async answer({ core, owner, path, proof, query }) {
    const by = await core.gatewayAccess.authorizeTicket(owner, proof, path);
    if (by instanceof Failure) return by;
    const kind = kindOf(query);
    if (kind === null) return refused(40097, "invalid type");
    const ticket = await core.gatewayAccess.ticket(owner, kind);
    if (ticket instanceof Failure) return ticket;
    const { value, expiresInSeconds: expires_in } = ticket;
    return { answer: { ...OK, ticket: value, expires_in } };
  },
});

const OK = { errcode: 0, errmsg: "ok" };

/** Returns the id by which WeChat's token endpoints know an owner: an appid, or a corpid. */
const idOf = ({ kind, name }: GatewayOwner): string =>
  kind === "app" ? name : (name.split(":")[0] ?? "");

const legacyToken = tokenEndpoint(({ query }) => ({
  id: query.get("appid"),
  secret: query.get("secret"),
  grantType: query.get("grant_type"),
  force: false,
}));

const stableToken = tokenEndpoint(async ({ request }) => {
  const { appid, secret, grant_type, force_refresh } = membersOf(await readBody(request));
  return { id: appid, secret, grantType: grant_type, force: force_refresh === true };
});

const workToken = tokenEndpoint(({ query }) => ({
  id: query.get("corpid"),
  secret: query.get("corpsecret"),
  grantType: "client_credential",
  force: false,
}));

function membersOf(body: string | null): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body ?? ""));
  } catch {
    return {};
  }
}

const APP_TICKETS: Readonly<Record<string, TicketKind>> = {
  jsapi: "app/jsapi-ticket",
  wx_card: "app/wx-card-ticket",
};

/** By the kind of owner and the path, in lower case. */
const ENDPOINTS: Record<CredentialOwner, Readonly<Record<string, HostedEndpoint>>> = {
  app: {
    "/cgi-bin/token": legacyToken,
    "/cgi-bin/stable_token": stableToken,
    "/cgi-bin/ticket/getticket": ticketEndpoint(
      (query) => APP_TICKETS[query.get("type") ?? ""] ?? null,
    ),
  },
  agent: {
    "/cgi-bin/gettoken": workToken,
    "/cgi-bin/get_jsapi_ticket": ticketEndpoint(() => "agent/ticket"),
    "/cgi-bin/ticket/get": ticketEndpoint((query) =>
      query.get("type") === "agent_config" ? "agent/agent-ticket" : null,
    ),
  },
};
