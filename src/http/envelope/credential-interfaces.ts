import type { Need } from "../../core/access/access.ts";
import type { Actor } from "../../core/access/audit.ts";
import type { Capability } from "../../core/access/service-key.ts";
import { agentName } from "../../core/apps/work-agent.ts";
import type { Core } from "../../core/core.ts";
import {
  type CredentialOptions,
  isRoutine,
  type ServedCredential,
} from "../../core/credentials/credential-service.ts";
import {
  type AgentCredentialKind,
  type AppCredentialKind,
  CREDENTIAL_KINDS,
  type CredentialKind,
  credentialKinds,
  isAppKind,
  isTicketKind,
} from "../../core/credentials/kinds.ts";
import { Failure } from "../../core/errors.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { optionalText, type Para, requiredTexts } from "./para.ts";

/** scf's messages, with its word for the kind. */
const MESSAGES: Record<ServedCredential["state"], (word: string) => string> = {
  new: (word) => `NEW_${word}_SUCCESS`,
  stored: (word) => `OLD_${word}_SUCCESS`,
  renewing: (word) => `OLD_${word}_SUCCESS_UPDATED`,
};

const TRUE: ReadonlySet<unknown> = new Set([true, "true", 1, "1"]);
const optionsOf = (para: Para): CredentialOptions => ({
  force: Object.hasOwn(para, "force") && TRUE.has(para["force"]),
});

/** Returns an interface for holders of the admin key, or of a service key that covers the need. */
function withKey(
  needOf: (call: Call) => Need,
  run: (core: Core, call: Call, actor: Actor) => Promise<Success | Failure>,
): Interface {
  return {
    async run(core, call) {
      const caller = call.caller();
      const by = await core.access.authorize(caller, needOf(call));
      if (by instanceof Failure) return by;
      return run(core, call, { by, requestId: call.requestId, address: caller.address });
    },
  };
}

const agentNeed =
  (capability: Capability) =>
  ({ para }: Call): Need => {
    const agent = requiredTexts(para, ["corpid", "agentid"]);
    return {
      capability,
      app: agent instanceof Failure ? null : agentName(agent.corpid, agent.agentid),
    };
  };

/** Returns the answer with a credential, beside the id of its app or corp. */
function answerWith(
  kind: CredentialKind,
  owner: { appid: string } | { corpid: string },
  credential: ServedCredential | Failure,
): Success | Failure {
  if (credential instanceof Failure) return credential;
  const { word, member } = CREDENTIAL_KINDS[kind].envelope;
  return {
    message: MESSAGES[credential.state](word),
    data: { ...owner, [member]: credential.value, exp: Math.floor(credential.expiresAt / 1000) },
    appid: "appid" in owner ? owner.appid : null,
    quiet: isRoutine(credential),
  };
}

/** Returns the interface that gets an app's credential, of the kind that the call names. */
const appCredential = (
  kindOf: (call: Call) => AppCredentialKind | Failure,
  defaultKind: AppCredentialKind,
): Interface =>
  withKey(
    (call) => {
      const kind = kindOf(call);
      // Only a caller that may get the default kind learns that the call names none.
      const needed = kind instanceof Failure ? defaultKind : kind;
      return { capability: CREDENTIAL_KINDS[needed].capability, app: call.appid };
    },
    async (core, call) => {
      const { appid } = call;
      if (appid === null) return new Failure("badParameter", { reason: "appid" });
      const kind = kindOf(call);
      if (kind instanceof Failure) return kind;
      const credential = await core.ownerCredentials.get(kind, appid, optionsOf(call.para));
      return answerWith(kind, { appid }, credential);
    },
  );

/** Gets an app's access token. */
export const mimiAccessToken = appCredential(() => "app/access-token", "app/access-token");

/** The kinds of tickets of official accounts, by para's `type`. */
const TICKET_TYPES: ReadonlyMap<string, AppCredentialKind> = new Map(
  credentialKinds
    .filter(isAppKind)
    .filter(isTicketKind)
    .map((kind) => [CREDENTIAL_KINDS[kind].envelope.type, kind] as const),
);

/** The kind of a call that names no type. */
const DEFAULT_TICKET: AppCredentialKind = "app/jsapi-ticket";

function ticketKindOf({ para }: Call): AppCredentialKind | Failure {
  const type = optionalText(para, "type");
  if (type === null) return DEFAULT_TICKET;
  if (type instanceof Failure) return type;
  return TICKET_TYPES.get(type) ?? new Failure("badParameter", { reason: "type" });
}

/** Gets an official account's ticket. */
export const mimiTicket = appCredential(ticketKindOf, DEFAULT_TICKET);

/** Registers or replaces a WeCom agent. */
export const workInitagent = withKey(
  () => "admin",
  async (core, { para }, actor) => {
    const given = requiredTexts(para, ["corpid", "agentid", "agentsecret", "remark"]);
    if (given instanceof Failure) return given;
    const { agentsecret: agentSecret, ...agent } = given;
    const registered = await core.workAgents.register({ ...agent, agentSecret }, actor);
    return registered instanceof Failure
      ? registered
      : { message: "INIT_APPINFO_SUCCESS", data: null, appid: null };
  },
);

/** Returns the interface that gets one kind of a WeCom agent's credentials. */
const workCredential = (kind: AgentCredentialKind): Interface =>
  withKey(agentNeed(CREDENTIAL_KINDS[kind].capability), async (core, { para }) => {
    const agent = requiredTexts(para, ["corpid", "agentid"]);
    if (agent instanceof Failure) return agent;
    const { corpid, agentid } = agent;
    const owner = agentName(corpid, agentid);
    const credential = await core.ownerCredentials.get(kind, owner, optionsOf(para));
    return answerWith(kind, { corpid }, credential);
  });

export const workAccessToken = workCredential("agent/access-token");
export const workTicket = workCredential("agent/ticket");
export const workAgentTicket = workCredential("agent/agent-ticket");
