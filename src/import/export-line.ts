import { agentName } from "../core/apps/work-agent.ts";
import type { Milliseconds } from "../core/ports.ts";
import type { Moved } from "../core/transfer/transfer.ts";
import type { Sealer } from "../crypto/seal.ts";

/** The layout of the lines that this version writes and reads. */
export const EXPORT_VERSION = 1;

/** How a secret stands in a line: as it is, or as Base64 of what the sealer made of it. */
type ExportedSecret = string | { sealed: string };

/**
 * Where a sealed secret of an export belongs: it opens at no other.
 *
 * @param key what identifies the record: appid, `corpid:agentid`, the session's id, or the credential's key
 */
export const exportPlace = (kind: Moved["kind"], key: string, field: string): string =>
  `export:${kind}:${key}:${field}`;

/** The first line of an export. */
export const exportHeader = (now: Milliseconds, sealer: Sealer | null): string =>
  JSON.stringify({
    waferd: "export",
    version: EXPORT_VERSION,
    exportedAt: toTime(now),
    secrets: sealer === null ? "clear" : "sealed",
  });

/** The last line, by which a reader knows that the file is whole. */
export const exportEnd = (records: number): string => JSON.stringify({ kind: "end", records });

/**
 * A line of an export, without its line end: JSON with RFC 3339 times, hashes in hex, and secrets sealed or in clear.
 *
 * @param sealer null writes secrets as they are
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
