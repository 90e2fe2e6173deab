import type { AuditTable } from "./access/audit-table.ts";
import type { ConsoleSessionTable } from "./access/console-session-table.ts";
import type { ServiceKeyTable } from "./access/service-key-table.ts";
import type { AppTable } from "./apps/app-table.ts";
import type { WorkAgentTable } from "./apps/work-agent-table.ts";
import type { ClaimTable } from "./coordination/claim-table.ts";
import type { IdempotencyTable } from "./coordination/idempotency-table.ts";
import type { LeaseTable } from "./coordination/lease-table.ts";
import type { CredentialTable } from "./credentials/credential-table.ts";
import type { RenewalFailureTable } from "./credentials/renewal-failure-table.ts";
import type { Awaitable, Milliseconds } from "./ports.ts";
import type { SessionTable } from "./sessions/session-table.ts";
import type { WeappUserTable } from "./sessions/weapp-user-table.ts";
import type { ActivityTable } from "./usage/activity-table.ts";
import type { CallCountTable } from "./usage/call-count-table.ts";

export interface Tables {
  apps: AppTable;
  sessions: SessionTable;
  credentials: CredentialTable;
  renewalFailures: RenewalFailureTable;
  workAgents: WorkAgentTable;
  callCounts: CallCountTable;
  activity: ActivityTable;
  weappUsers: WeappUserTable;
  serviceKeys: ServiceKeyTable;
  consoleSessions: ConsoleSessionTable;
  audit: AuditTable;
  idempotency: IdempotencyTable;
  claims: ClaimTable;
  leases: LeaseTable;
}

/** Space that a store takes, in bytes; null where its driver cannot tell. */
export interface StoreUsage {
  /** On disk, or in the memory of a server that stores there. */
  sizeBytes: number | null;
  /** The part that holds data; the rest is reused by later writes. */
  usedBytes: number | null;
  /** Free space on its disk. */
  freeBytes: number | null;
}

/** A mistake in a record or an index. */
export interface Flaw {
  /** The record: `session 0123…`. */
  what: string;
  /** The mistake, for people. */
  problem: string;
}

/** A state of the store that can lose or spoil data, though it works now. */
export interface Concern {
  /** For people; the log shows it. */
  problem: string;
  /** How to mend it. */
  todo: string;
  /** The same in Chinese. */
  zh: { problem: string; todo: string };
}

/**
 * All data of the service: docs/architecture.md#store. Every driver and table keeps these promises:
 *
 * - missing: a read returns null or an empty page, a change returns that there was nothing
 * - concurrent: every change is atomic, and changes of one record run one at a time, across
 *   processes and nodes
 * - acknowledged: once the promise of a change resolves, the change survives `kill -9`; the
 *   embedded driver has also flushed it to disk, except for touch, counts, failures of renewals,
 *   leases, claims and idempotency
 * - closed: every call throws or rejects with StoreError "closed"
 * - secrets (appSecret, agentSecret, sessionKey, credentials, stored answers) are sealed; of skeys,
 *   service keys, tokens of the console and login codes only the SHA-256 is stored. Where a driver
 *   keeps the layout of an old server, the columns of that server hold what it can read
 */
export interface Store extends Tables {
  /**
   * Reads every record, unseals its secrets, and compares the indexes and the kept counts with the
   * records. Concurrent writes do not look like flaws.
   *
   * @param onFlaw is called for each flaw
   * @returns how many records there are, by table
   */
  check(onFlaw: (flaw: Flaw) => void): Promise<Record<string, number>>;
  /**
   * Indexes some of the records that another server wrote into a shared store, so that lists,
   * counts and sweeps include them. A read by id finds them without that. An embedded store has
   * none.
   *
   * @param limit how many sessions to read at most
   * @returns whether there may be more
   */
  adopt(limit: number): Promise<boolean>;
  /** Returns what an operator should mend, for the log and for doctor. */
  concerns(): Promise<Concern[]>;
  /**
   * Returns when expired records were last swept, to a few minutes, or when a server first started;
   * null before that.
   */
  sweptAt(): Awaitable<Milliseconds | null>;
  /** Stores when expired records were swept. */
  noteSweep(at: Milliseconds): Promise<void>;
  /**
   * Makes a change that nobody sees, and that needs about as much room as a login: to see whether
   * the store takes writes.
   */
  probeWrite(): Promise<void>;
  /** Returns the space that the store takes, as far as its driver can tell. */
  usage(): Awaitable<StoreUsage>;
  /** Finishes the writes in progress, then closes. Closing twice is fine. */
  close(): Promise<void>;
}
