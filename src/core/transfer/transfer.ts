import type { AuditEntry } from "../access/audit.ts";
import type { ServiceKey } from "../access/service-key.ts";
import type { NewApp } from "../apps/app.ts";
import type { WorkAgent } from "../apps/work-agent.ts";
import type { Credential } from "../credentials/credential.ts";
import type { StoredSession } from "../sessions/session.ts";

/** A session on its way into a store, which learns when to forget it from the app's durations there. */
export type MovedSession = Omit<StoredSession, "expiresAt">;

/** One thing out of a store, on its way into another. */
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
  /** Which one it is, so that a person finds it: `cSessionInfo row 17`. */
  what: string;
  /** What is wrong with it. */
  reason: string;
}

/** Where things are moved from: another server's database, a dump of it, or an export of ours. */
export interface MoveSource {
  /** For people; holds no password. */
  name: string;
  /** About how many things there are, for a progress bar; null when nothing tells. */
  estimate(): Promise<number | null>;
  /**
   * What there is, in portions of bounded size: first the apps and agents, then what belongs to them.
   *
   * @throws StartError when the source cannot be read, or is none
   */
  portions(): AsyncIterable<(Moved | Unreadable)[]>;
  close(): Promise<void>;
}
