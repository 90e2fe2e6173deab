import { AUDIT_ACTIONS } from "../core/access/audit.ts";
import { isPathPattern } from "../core/access/key-paths.ts";
import { capabilityNames, isServiceKeyId } from "../core/access/service-key.ts";
import { badSetting, isAppid, TOKEN_ENDPOINTS } from "../core/apps/app.ts";
import { agentName, isWorkId, parseAgentName } from "../core/apps/work-agent.ts";
import { MAX_REMARK_LENGTH } from "../core/apps/work-agent-service.ts";
import { parseCredentialKey } from "../core/credentials/kinds.ts";
import { isSessionId } from "../core/sessions/session.ts";
import { mergeUserInfo } from "../core/sessions/user-info.ts";
import { isTitle } from "../core/title.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import { equalDigests, sha256 } from "../crypto/digest.ts";
import type { Members } from "./export-members.ts";
import { demand } from "./row.ts";
import { demandKey, demandOpenid, demandSecret } from "./row-records.ts";

const READERS: { [Kind in Moved["kind"]]: (members: Members) => Extract<Moved, { kind: Kind }> } = {
  app: readApp,
  agent: readAgent,
  session: readSession,
  credential: readCredential,
  serviceKey: readServiceKey,
  audit: readAudit,
};

export const isKind = (kind: unknown): kind is Moved["kind"] =>
  typeof kind === "string" && Object.hasOwn(READERS, kind);

/**
 * Reads the record in a line of an export.
 *
 * @throws RowError when a member is missing or invalid
 */
export const readRecord = (kind: Moved["kind"], members: Members): Moved => READERS[kind](members);

function readApp(line: Members): Extract<Moved, { kind: "app" }> {
  const appid = line.text("appid", isAppid);
  const app = {
    appid,
    title: line.text("title"),
    appSecret: line.secret("appSecret", appid),
    loginDurationDays: line.count("loginDurationDays", 1),
    sessionDurationSeconds: line.count("sessionDurationSeconds", 1),
    sessionsPerUser: line.orNull("sessionsPerUser", (name) => line.count(name, 1)),
    tokenEndpoint: line.word("tokenEndpoint", TOKEN_ENDPOINTS),
    createdAt: line.time("createdAt"),
    updatedAt: line.time("updatedAt"),
  };
  demandSecret(app.appSecret, "appSecret");
  const bad = badSetting(app);
  demand(bad === null, `${bad} is invalid`);
  return { kind: "app", app, number: line.orNull("number", (name) => line.count(name, 1)) };
}

function readAgent(line: Members): Extract<Moved, { kind: "agent" }> {
  const [corpid, agentid] = [line.text("corpid", isWorkId), line.text("agentid", isWorkId)];
  const agentSecret = line.secret("agentSecret", agentName(corpid, agentid));
  demandSecret(agentSecret, "agentSecret");
  const agent = {
    ...{ corpid, agentid, agentSecret },
    remark: line.text("remark", (text) => text.length <= MAX_REMARK_LENGTH),
    createdAt: line.time("createdAt"),
    updatedAt: line.time("updatedAt"),
  };
  return { kind: "agent", agent };
}

function readSession(line: Members): Extract<Moved, { kind: "session" }> {
  const [appid, id] = [line.text("appid", isAppid), line.text("id", isSessionId)];
  const openid = line.text("openid");
  demandOpenid(openid, "openid");
  const unionid = line.orNull("unionid", (name) => line.text(name, (text) => text !== ""));
  const skey = line.orNull("skey", (name) => line.secret(name, id));
  const skeyHash = line.hash("skeyHash");
  if (skey !== null) {
    demandKey(skey, "skey");
    demand(equalDigests(sha256(skey), skeyHash), "skeyHash does not match skey");
  }
  const sessionKey = line.secret("sessionKey", id);
  demandKey(sessionKey, "sessionKey");
  const session = {
    ...{ id, appid, openid, unionid, skey, skeyHash, sessionKey },
    userInfo: mergeUserInfo({ openid, unionid }, line.object("userInfo")),
    loginAt: line.time("loginAt"),
    lastVisitAt: line.time("lastVisitAt"),
  };
  return { kind: "session", session };
}

function readCredential(line: Members): Extract<Moved, { kind: "credential" }> {
  const key = line.text("key", (text) => parseCredentialKey(text) !== null);
  const value = line.secret("value", key);
  demandKey(value, "value");
  const credential = {
    ...{ key, value },
    fetchedAt: line.time("fetchedAt"),
    expiresAt: line.time("expiresAt"),
    lastUsedAt: line.time("lastUsedAt"),
    forcedAt: line.orNull("forcedAt", (name) => line.time(name)),
  };
  return { kind: "credential", credential };
}

function readServiceKey(line: Members): Extract<Moved, { kind: "serviceKey" }> {
  const key = {
    id: line.text("id", isServiceKeyId),
    title: line.text("title", isTitle),
    keyHash: line.hash("keyHash"),
    apps: line.texts("apps", (text) => isAppid(text) || parseAgentName(text) !== null),
    capabilities: line.words("capabilities", capabilityNames),
    paths: line.ifThere("paths", (name) => line.texts(name, isPathPattern)),
    createdAt: line.time("createdAt"),
    expiresAt: line.orNull("expiresAt", (name) => line.time(name)),
    lastUsedAt: line.orNull("lastUsedAt", (name) => line.time(name)),
    lastUsedFrom: line.ifThere("lastUsedFrom", (name) => line.text(name)),
  };
  return { kind: "serviceKey", key };
}

function readAudit(line: Members): Extract<Moved, { kind: "audit" }> {
  const entry = {
    at: line.time("at"),
    by: line.text("by"),
    requestId: line.orNull("requestId", (name) => line.text(name)),
    address: line.ifThere("address", (name) => line.text(name)),
    action: line.word("action", AUDIT_ACTIONS),
    target: line.text("target"),
    changed: line.texts("changed", () => true),
  };
  return { kind: "audit", entry };
}
