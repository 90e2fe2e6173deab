import type { Moved } from "../../core/transfer.ts";
import type { Sealer } from "../../crypto/seal.ts";

/** The layout of the lines that this version writes and reads. */
export const EXPORT_VERSION = 1;

/** How a secret stands in a line. */
export type ExportedSecret = string | { sealed: string } | null;

/** Where a sealed secret of an export belongs: it opens nowhere else. */
export const exportPlace = (kind: Moved["kind"], key: string, field: string): string =>
  `export:${kind}:${key}:${field}`;

const time = (at: number): string => new Date(at).toISOString();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Writes an export: JSON lines with RFC 3339 times, bytes in hex, and secrets sealed or in clear. */
export class ExportFormat {
  readonly #sealer;
  readonly #now;

  /** @param sealer null writes secrets as they are */
  constructor(sealer: Sealer | null, now: number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  header(): string {
    return JSON.stringify({
      waferd: "export",
      version: EXPORT_VERSION,
      exportedAt: time(this.#now),
      secrets: this.#sealer === null ? "clear" : "sealed",
    });
  }

  /** Tells a reader that the file is whole. */
  end(count: number): string {
    return JSON.stringify({ kind: "end", records: count });
  }

  line(moved: Moved): string {
    return JSON.stringify({ kind: moved.kind, ...this.#members(moved) });
  }

  #members(moved: Moved): object {
    const secret = (key: string, field: string, text: string): ExportedSecret =>
      this.#sealer === null
        ? text
        : { sealed: this.#sealer.seal(text, exportPlace(moved.kind, key, field)).toString("base64") };
    switch (moved.kind) {
      case "app": {
        const { appSecret, createdAt, updatedAt, ...app } = moved.app;
        return {
          ...app,
          number: moved.number,
          appSecret: secret(app.appid, "appSecret", appSecret),
          createdAt: time(createdAt),
          updatedAt: time(updatedAt),
        };
      }
      case "agent": {
        const { agentSecret, createdAt, updatedAt, ...agent } = moved.agent;
        return {
          ...agent,
          agentSecret: secret(`${agent.corpid}:${agent.agentid}`, "agentSecret", agentSecret),
          createdAt: time(createdAt),
          updatedAt: time(updatedAt),
        };
      }
      case "credential": {
        const { key, value, forcedAt, ...times } = moved.credential;
        return {
          key,
          value: secret(key, "value", value),
          fetchedAt: time(times.fetchedAt),
          expiresAt: time(times.expiresAt),
          lastUsedAt: time(times.lastUsedAt),
          forcedAt: forcedAt === null ? null : time(forcedAt),
        };
      }
      case "serviceKey": {
        const { keyHash, createdAt, expiresAt, lastUsedAt, ...key } = moved.key;
        return {
          ...key,
          keyHash: hex(keyHash),
          createdAt: time(createdAt),
          expiresAt: expiresAt === null ? null : time(expiresAt),
          lastUsedAt: lastUsedAt === null ? null : time(lastUsedAt),
        };
      }
      case "session": {
        const { skeyHash, skey, sessionKey, loginAt, lastVisitAt, ...session } = moved.session;
        return {
          ...session,
          skeyHash: hex(skeyHash),
          skey: skey === null ? null : secret(session.id, "skey", skey),
          sessionKey: secret(session.id, "sessionKey", sessionKey),
          loginAt: time(loginAt),
          lastVisitAt: time(lastVisitAt),
        };
      }
      case "audit":
        return { ...moved.entry, at: time(moved.entry.at) };
    }
  }
}
