import { badSetting, isAppid } from "../../core/app.ts";
import { AUDIT_ACTIONS, type AuditAction } from "../../core/audit.ts";
import { isWorkId } from "../../core/credential.ts";
import { StartError } from "../../core/errors.ts";
import { CAPABILITIES, type Capability, isServiceKeyId } from "../../core/service-key.ts";
import { isSessionId } from "../../core/session.ts";
import type { Moved, MoveSource, Unreadable } from "../../core/transfer.ts";
import type { JsonObject, UserInfo } from "../../core/user-info.ts";
import { equalDigests, sha256 } from "../../crypto/digest.ts";
import { type Sealer, UnsealError } from "../../crypto/seal.ts";
import { EXPORT_VERSION } from "./export-format.ts";
import { FieldError, Fields } from "./fields.ts";
import { fileSize, readLines } from "./lines.ts";
import { inPortions } from "./portions.ts";

const HASH_BYTES = 32;

/** What waferd export wrote. */
export class ExportSource implements MoveSource {
  readonly name: string;
  readonly #sealer;
  readonly #appid;
  /** Bytes. */
  #read = 0;

  /**
   * @param sealer of the master key that sealed the secrets; asked for when one is met
   * @param appid only this app's things; null for all
   */
  constructor(path: string, { sealer, appid }: { sealer: () => Sealer; appid: string | null }) {
    this.name = path;
    this.#sealer = sealer;
    this.#appid = appid;
  }

  fraction(): number {
    return this.#read / fileSize(this.name);
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#things());
  }

  async close(): Promise<void> {}

  async *#things(): AsyncGenerator<Moved | Unreadable> {
    let records = 0;
    let ended = false;
    for await (const { number, text } of readLines(this.name, (bytes) => {
      this.#read += bytes;
    })) {
      const unreadable = (reason: string): Unreadable => ({
        kind: "unreadable",
        what: `line ${number}`,
        reason,
      });
      if (text?.trim() === "") continue;
      const line = text === null ? null : parse(text);
      if (number === 1) this.#checkHeader(line);
      else if (line === null) yield unreadable("it is no JSON object");
      else if (line["kind"] === "end") {
        ended = true;
        if (line["records"] !== records)
          yield unreadable(`${line["records"]} records were written, and ${records} are here`);
      } else {
        records += 1;
        const thing = this.#parse(line, unreadable);
        if (thing.kind === "unreadable" || this.#appid === null || isOfApp(thing, this.#appid)) yield thing;
      }
    }
    if (!ended)
      yield {
        kind: "unreadable",
        what: "the end of the file",
        reason: "it is missing: the file was cut off",
      };
  }

  #checkHeader(line: JsonObject | null): void {
    if (line?.["waferd"] !== "export")
      throw new StartError(`${this.name} is no export of waferd: its first line does not say so`);
    if (line["version"] !== EXPORT_VERSION)
      throw new StartError(
        `${this.name} has version ${line["version"]}, and this waferd reads version ${EXPORT_VERSION}: use the waferd that wrote it, or a newer one`,
      );
  }

  #parse(line: JsonObject, unreadable: (reason: string) => Unreadable): Moved | Unreadable {
    try {
      return readThing(line, this.#sealer);
    } catch (error) {
      if (error instanceof FieldError) return unreadable(error.message);
      if (!(error instanceof UnsealError)) throw error;
      throw new StartError(
        `${this.name} was sealed with another master key: set WAFERD_MASTER_KEY to that of the server that wrote it, or write it anew with --clear-secrets`,
        { cause: error },
      );
    }
  }
}

function parse(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

function readThing(line: JsonObject, sealer: () => Sealer): Moved {
  const kind = line["kind"] as Moved["kind"];
  const fields = new Fields(line, kind, sealer);
  switch (kind) {
    case "app":
      return readApp(fields);
    case "agent":
      return readAgent(fields);
    case "credential":
      return readCredential(fields);
    case "serviceKey":
      return readServiceKey(fields);
    case "session":
      return readSession(fields);
    case "audit":
      return readAudit(fields);
    default:
      throw new FieldError("kind is none that is known");
  }
}

function readApp(fields: Fields): Moved {
  const appid = fields.text("appid", isAppid);
  const settings = {
    title: fields.text("title"),
    appSecret: fields.secret(appid, "appSecret"),
    loginDurationDays: fields.number("loginDurationDays"),
    sessionDurationSeconds: fields.number("sessionDurationSeconds"),
    sessionsPerUser: fields.orNull("sessionsPerUser", (name) => fields.number(name)),
    tokenEndpoint: fields.text("tokenEndpoint", (text) => text === "stable" || text === "legacy") as
      | "stable"
      | "legacy",
  };
  const bad = badSetting(settings);
  if (bad !== null) throw new FieldError(`${bad} is not what it must be`);
  const app = {
    appid,
    ...settings,
    createdAt: fields.time("createdAt"),
    updatedAt: fields.time("updatedAt"),
  };
  return { kind: "app", app, number: fields.number("number") };
}

function readAgent(fields: Fields): Moved {
  const corpid = fields.text("corpid", isWorkId);
  const agentid = fields.text("agentid", isWorkId);
  const agent = {
    corpid,
    agentid,
    agentSecret: fields.secret(`${corpid}:${agentid}`, "agentSecret"),
    remark: fields.text("remark"),
    createdAt: fields.time("createdAt"),
    updatedAt: fields.time("updatedAt"),
  };
  return { kind: "agent", agent };
}

function readCredential(fields: Fields): Moved {
  const key = fields.text("key", (text) => /^(app|work):/.test(text));
  const credential = {
    key,
    value: fields.secret(key, "value"),
    fetchedAt: fields.time("fetchedAt"),
    expiresAt: fields.time("expiresAt"),
    lastUsedAt: fields.time("lastUsedAt"),
    forcedAt: fields.orNull("forcedAt", (name) => fields.time(name)),
  };
  return { kind: "credential", credential };
}

function readServiceKey(fields: Fields): Moved {
  const isCapability = (text: string): boolean => CAPABILITIES.includes(text as Capability);
  const key = {
    id: fields.text("id", isServiceKeyId),
    title: fields.text("title"),
    keyHash: fields.bytes("keyHash", HASH_BYTES),
    apps: fields.texts("apps", () => true),
    capabilities: fields.texts("capabilities", isCapability) as Capability[],
    createdAt: fields.time("createdAt"),
    expiresAt: fields.orNull("expiresAt", (name) => fields.time(name)),
    lastUsedAt: fields.orNull("lastUsedAt", (name) => fields.time(name)),
  };
  return { kind: "serviceKey", key };
}

function readSession(fields: Fields): Moved {
  const id = fields.text("id", isSessionId);
  const openid = fields.text("openid", (text) => text !== "");
  const skey = fields.orNull("skey", (name) => fields.secret(id, name));
  const skeyHash = fields.bytes("skeyHash", HASH_BYTES);
  if (skey !== null && !equalDigests(sha256(skey), skeyHash))
    throw new FieldError("skey and skeyHash do not belong together");
  const userInfo = fields.object("userInfo");
  if (userInfo["openId"] !== openid) throw new FieldError("userInfo is another user's");
  const session = {
    id,
    appid: fields.text("appid", isAppid),
    openid,
    unionid: fields.orNull("unionid", (name) => fields.text(name)),
    skeyHash,
    skey,
    sessionKey: fields.secret(id, "sessionKey"),
    userInfo: userInfo as UserInfo,
    loginAt: fields.time("loginAt"),
    lastVisitAt: fields.time("lastVisitAt"),
  };
  return { kind: "session", session };
}

function readAudit(fields: Fields): Moved {
  const isAction = (text: string): boolean => AUDIT_ACTIONS.includes(text as AuditAction);
  const entry = {
    at: fields.time("at"),
    by: fields.text("by"),
    requestId: fields.orNull("requestId", (name) => fields.text(name)),
    action: fields.text("action", isAction) as AuditAction,
    target: fields.text("target"),
    changed: fields.texts("changed", () => true),
  };
  return { kind: "audit", entry };
}

function isOfApp(thing: Moved, appid: string): boolean {
  switch (thing.kind) {
    case "app":
      return thing.app.appid === appid;
    case "session":
      return thing.session.appid === appid;
    case "credential":
      return thing.credential.key.startsWith(`app:${appid}:`);
    default:
      return false;
  }
}
