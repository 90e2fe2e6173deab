import type { AuditEntry } from "../access/audit.ts";
import type { ServiceKey } from "../access/service-key.ts";
import type { NewApp } from "../apps/app.ts";
import type { WorkAgent } from "../apps/work-agent.ts";
import type { Credential } from "../credentials/credential.ts";
import type { StoredSession } from "../sessions/session.ts";

/** A session on its way into a store, whose app's durations say when it will be forgotten. */
export type MovedSession = Omit<StoredSession, "expiresAt">;

/** A record of one store, on its way into another. */
export type Moved =
  | { kind: "app"; app: NewApp /** null lets the store choose. */; number: number | null }
  | { kind: "session"; session: MovedSession }
  | { kind: "agent"; agent: WorkAgent }
  | { kind: "credential"; credential: Credential }
  | { kind: "serviceKey"; key: ServiceKey }
  | { kind: "audit"; entry: AuditEntry };

/** A row, key or line that could not be read. Neither text holds a secret. */
export interface Unreadable {
  kind: "unreadable";
  /** Which record it is, so that a person finds it: `cSessionInfo row 17`. */
  what: string;
  /** The fault of the record. */
  reason: string;
  /** Whether the record is imported all the same, without the part that could not be read. */
  isKept?: boolean;
}

/** The origin of an import: another server's database, a dump of it, or an export. */
export interface MoveSource {
  /** For people; holds no password. */
  name: string;
  /** Returns the approximate number of records, for a progress bar; null when it is unknown. */
  estimate(): Promise<number | null>;
  /**
   * Yields the records in portions of bounded size: apps and agents first, then their records.
   *
   * @throws StartError when the source cannot be read, or is of another kind
   */
  portions(): AsyncIterable<(Moved | Unreadable)[]>;
  close(): Promise<void>;
}
