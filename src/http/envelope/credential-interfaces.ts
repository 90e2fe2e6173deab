import type { Need } from "../../core/access/access.ts";
import type { Actor } from "../../core/access/audit.ts";
import type { Capability } from "../../core/access/service-key.ts";
import { agentName } from "../../core/apps/work-agent.ts";
import type { Core } from "../../core/core.ts";
import {
  TICKET_TYPES,
  type TicketType,
  type WorkCredentialKind,
} from "../../core/credentials/credential.ts";
import type {
  CredentialOptions,
  ServedCredential,
} from "../../core/credentials/credential-service.ts";
import { Failure } from "../../core/errors.ts";
import type { Call, Interface, Success } from "./interface.ts";
import { optionalText, type Para, requiredTexts } from "./para.ts";

/** scf's words for how a credential was got; TICKET or AGENT_TICKET stand in TOKEN's place. */
const MESSAGES: Record<ServedCredential["state"], (what: string) => string> = {
  new: (what) => `NEW_${what}_SUCCESS`,
  stored: (what) => `OLD_${what}_SUCCESS`,
  renewing: (what) => `OLD_${what}_SUCCESS_UPDATED`,
};

const TRUE: ReadonlySet<unknown> = new Set([true, "true", 1, "1"]);
const wishOf = (para: Para): CredentialOptions => ({
  force: Object.hasOwn(para, "force") && TRUE.has(para["force"]),
});

/** An interface for holders of the admin key, or of a service key with this capability for the app that is named. */
function withKey(
  needOf: (call: Call) => Need,
  run: (core: Core, call: Call, actor: Actor) => Promise<Success | Failure>,
): Interface {
  return {
    async run(core, call) {
      const by = await core.access.authorize(call.caller(), needOf(call));
      return by instanceof Failure ? by : run(core, call, { by, requestId: call.requestId });
    },
  };
}

const forApp =
  (capability: Capability) =>
  ({ appid }: Call): Need => ({ capability, app: appid });

const forAgent =
  (capability: Capability) =>
  ({ para }: Call): Need => {
    const agent = requiredTexts(para, ["corpid", "agentid"]);
    return {
      capability,
      app: agent instanceof Failure ? null : agentName(agent.corpid, agent.agentid),
    };
  };

/** The answer that gives a credential under a name, beside the id of whose it is. */
function give(
  what: "TOKEN" | "TICKET" | "AGENT_TICKET",
  owner: { appid: string } | { corpid: string },
  name: string,
  credential: ServedCredential | Failure,
): Success | Failure {
  if (credential instanceof Failure) return credential;
  return {
    message: MESSAGES[credential.state](what),
    data: { ...owner, [name]: credential.value, exp: Math.floor(credential.expiresAt / 1000) },
    appid: "appid" in owner ? owner.appid : null,
  };
}

const appidOf = (call: Call): string | Failure =>
  call.appid ?? new Failure("badParameter", { reason: "appid" });

/** An app's access token. */
export const mimiAccessToken = withKey(forApp("token"), async (core, call) => {
  const appid = appidOf(call);
  if (appid instanceof Failure) return appid;
  return give(
    "TOKEN",
    { appid },
    "access_token",
    await core.appCredentials.token(appid, wishOf(call.para)),
  );
});

/** An official account's ticket. */
export const mimiTicket = withKey(forApp("ticket"), async (core, call) => {
  const appid = appidOf(call);
  if (appid instanceof Failure) return appid;
  const type = optionalText(call.para, "type") ?? "jsapi";
  if (!isTicketType(type)) return new Failure("badParameter", { reason: "type" });
  return give(
    "TICKET",
    { appid },
    "ticket",
    await core.appCredentials.ticket(appid, type, wishOf(call.para)),
  );
});

const isTicketType = (type: unknown): type is TicketType =>
  (TICKET_TYPES as readonly unknown[]).includes(type);

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

/** Makes the interface that gives one kind of a WeCom agent's credentials. */
function workCredential(
  kind: WorkCredentialKind,
  what: "TOKEN" | "TICKET" | "AGENT_TICKET",
  name: string,
): Interface {
  return withKey(forAgent(kind === "token" ? "token" : "ticket"), async (core, { para }) => {
    const agent = requiredTexts(para, ["corpid", "agentid"]);
    if (agent instanceof Failure) return agent;
    const { corpid, agentid } = agent;
    return give(
      what,
      { corpid },
      name,
      await core.workCredentials.get(kind, corpid, agentid, wishOf(para)),
    );
  });
}

export const workAccessToken = workCredential("token", "TOKEN", "access_token");
export const workTicket = workCredential("ticket", "TICKET", "ticket");
export const workAgentTicket = workCredential("agent-ticket", "AGENT_TICKET", "agent_ticket");
