import type { AuditTable } from "../access/audit-table.ts";
import type { ServiceKeyTable } from "../access/service-key-table.ts";
import type { AppTable } from "../apps/app-table.ts";
import type { WorkAgentTable } from "../apps/work-agent-table.ts";
import type { CredentialTable } from "../credentials/credential-table.ts";
import type { SessionTable } from "../sessions/session-table.ts";

/** The tables whose records an export writes and an import reads. */
export interface TransferTables {
  apps: AppTable;
  workAgents: WorkAgentTable;
  serviceKeys: ServiceKeyTable;
  credentials: CredentialTable;
  sessions: SessionTable;
  audit: AuditTable;
}
