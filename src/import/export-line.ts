import { agentName } from "../core/apps/work-agent.ts";
import type { Milliseconds } from "../core/ports.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import type { Sealer } from "../crypto/seal.ts";

/** The format of the lines that this version writes and reads. */
export const EXPORT_VERSION = 1;

/** A secret in a line: in clear, or sealed and in Base64. */
type ExportedSecret = string | { sealed: string };

/**
 * Returns the place that a secret of an export is sealed for, which is the only one where it opens.
 *
 * @param key the record's appid, `corpid:agentid`, session id or credential key
 */
export const exportPlace = (kind: Moved["kind"], key: string, field: string): string =>
  `export:${kind}:${key}:${field}`;

/** Returns the first line of an export. */
export const exportHeader = (now: Milliseconds, sealer: Sealer | null): string =>
  JSON.stringify({
    waferd: "export",
    version: EXPORT_VERSION,
    exportedAt: toTime(now),
    secrets: sealer === null ? "clear" : "sealed",
  });

/** Returns the last line, which proves to a reader that the file is complete. */
export const exportEnd = (records: number): string => JSON.stringify({ kind: "end", records });

/**
 * Returns a line of an export, without its line end: JSON with RFC 3339 times, hashes in hex, and
 * secrets sealed or in clear.
 *
 * @param sealer null writes secrets in clear
 */
export function exportLine(record: Moved, sealer: Sealer | null): string {
  const { kind } = record;
  const secret = (key: string, field: string, text: string): ExportedSecret =>
    sealer === null
      ? text
      : { sealed: sealer.seal(text, exportPlace(kind, key, field)).toString("base64") };
  return JSON.stringify({ kind, ...members(record, secret) });
}

const toTime = (time: Milliseconds): string => new Date(time).toISOString();
const toTimeOrNull = (time: Milliseconds | null): string | null =>
  time === null ? null : toTime(time);
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function members(
  record: Moved,
  secret: (key: string, field: string, text: string) => ExportedSecret,
): object {
  switch (record.kind) {
    case "app": {
      const { app, number } = record;
      return {
        ...app,
        number,
        appSecret: secret(app.appid, "appSecret", app.appSecret),
        createdAt: toTime(app.createdAt),
        updatedAt: toTime(app.updatedAt),
      };
    }
    case "agent": {
      const { agent } = record;
      return {
        ...agent,
        agentSecret: secret(
          agentName(agent.corpid, agent.agentid),
          "agentSecret",
          agent.agentSecret,
        ),
        createdAt: toTime(agent.createdAt),
        updatedAt: toTime(agent.updatedAt),
      };
    }
    case "session": {
      const { session } = record;
      return {
        ...session,
        skey: session.skey === null ? null : secret(session.id, "skey", session.skey),
        skeyHash: toHex(session.skeyHash),
        sessionKey: secret(session.id, "sessionKey", session.sessionKey),
        loginAt: toTime(session.loginAt),
        lastVisitAt: toTime(session.lastVisitAt),
      };
    }
    case "credential": {
      const { credential } = record;
      return {
        ...credential,
        value: secret(credential.key, "value", credential.value),
        fetchedAt: toTime(credential.fetchedAt),
        expiresAt: toTime(credential.expiresAt),
        lastUsedAt: toTime(credential.lastUsedAt),
        forcedAt: toTimeOrNull(credential.forcedAt),
      };
    }
    case "serviceKey": {
      const { key } = record;
      return {
        ...key,
        keyHash: toHex(key.keyHash),
        createdAt: toTime(key.createdAt),
        expiresAt: toTimeOrNull(key.expiresAt),
        lastUsedAt: toTimeOrNull(key.lastUsedAt),
      };
    }
    case "audit":
      return { ...record.entry, at: toTime(record.entry.at) };
  }
}
