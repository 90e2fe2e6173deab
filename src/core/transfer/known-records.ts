import type { AuditTable } from "../access/audit-table.ts";
import type { ServiceKeyTable } from "../access/service-key-table.ts";
import type { AppTable } from "../apps/app-table.ts";
import type { WorkAgentTable } from "../apps/work-agent-table.ts";
import type { CredentialTable } from "../credentials/credential-table.ts";
import type { SessionTable } from "../sessions/session-table.ts";

/** The reads by which an import finds out what a store has. */
export interface KnownRecords {
  apps: Pick<AppTable, "get">;
  workAgents: Pick<WorkAgentTable, "get">;
  serviceKeys: Pick<ServiceKeyTable, "get">;
  credentials: Pick<CredentialTable, "get">;
  sessions: Pick<SessionTable, "get">;
  audit: Pick<AuditTable, "list">;
}

const nothing = { get: () => Promise.resolve(null) };

/** The records of a store that has not been made yet. */
export const NO_RECORDS: KnownRecords = {
  apps: nothing,
  workAgents: nothing,
  serviceKeys: nothing,
  credentials: nothing,
  sessions: nothing,
  audit: { list: () => Promise.resolve({ items: [], next: null }) },
};
