import type { AuditTable } from "./access/audit-table.ts";
import type { ServiceKeyTable } from "./access/service-key-table.ts";
import type { AppTable } from "./apps/app-table.ts";
import type { WorkAgentTable } from "./apps/work-agent-table.ts";
import type { IdempotencyTable } from "./coordination/idempotency-table.ts";
import type { CredentialTable } from "./credentials/credential-table.ts";
import type { Awaitable } from "./ports.ts";
import type { SessionTable } from "./sessions/session-table.ts";
import type { WeappUserTable } from "./sessions/weapp-user-table.ts";
import type { CallCountTable } from "./usage/call-count-table.ts";

export interface Tables {
  apps: AppTable;
  sessions: SessionTable;
  credentials: CredentialTable;
  workAgents: WorkAgentTable;
  callCounts: CallCountTable;
  weappUsers: WeappUserTable;
  serviceKeys: ServiceKeyTable;
  audit: AuditTable;
  idempotency: IdempotencyTable;
}

/** What a store takes, in bytes; null for what its driver cannot tell. */
export interface StoreUsage {
  /** On disk, or in the memory of a server that keeps it there. */
  sizeBytes: number | null;
  /** Of these, what holds data: the rest is free for what comes next. */
  usedBytes: number | null;
  /** Free on the disk that it lies on. */
  freeBytes: number | null;
}

/** Something that is wrong in a store. */
export interface Flaw {
  /** Which record: `session 0123…`. */
  what: string;
  /** What is wrong with it. */
  problem: string;
}

/**
 * Where everything is kept (DESIGN section 4). What holds for every driver and table:
 *
 * - missing: a read gives null or an empty page, a change says that there was nothing
 * - concurrent: every change is atomic, and one at a time per record, across processes and nodes
 * - acknowledged: when the promise of a change resolves, the change survives `kill -9`; the embedded driver has by then
 *   also flushed it to disk, except for touch
 * - closed: every call throws or rejects with StoreError "closed"
 * - secrets (appSecret, agentSecret, sessionKey, credentials) lie sealed; skeys and service keys only as SHA-256. Where
 *   a driver keeps an old server's layout, that server's own columns lie as it reads them
 */
export interface Store extends Tables {
  /**
   * Reads every record, unseals what is sealed, and holds the indexes and the kept counts against the records. What is
   * written meanwhile does not look like a flaw.
   *
   * @param onFlaw is told of each
   * @returns how many records there are, by table
   */
  check(onFlaw: (flaw: Flaw) => void): Promise<Record<string, number>>;
  /**
   * Takes some of what another server wrote into a shared store into our indexes, so that lists, counts and sweeps know
   * of it. What is asked for by its id is found without that. An embedded store has nothing to take in.
   *
   * @param limit at most so many sessions are looked at
   * @returns whether there may be more to take in now
   */
  adopt(limit: number): Promise<boolean>;
  /** What the store takes, as far as its driver can tell. */
  usage(): Awaitable<StoreUsage>;
  /** Finishes the writes in hand, then closes. Closing twice is fine. */
  close(): Promise<void>;
}
