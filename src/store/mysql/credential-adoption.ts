import { agentName } from "../../core/apps/work-agent.ts";
import { type CredentialKind, keyOfCredential } from "../../core/credentials/kinds.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { fromDatetime } from "../layout/datetime.ts";
import { putCredential } from "./credentials.ts";
import type { Queries } from "./database.ts";
import type { Layout } from "./layout.ts";

/** The lifetime that WeChat and WeCom give, for rows without one. */
const DEFAULT_SECONDS = 7200;

/** The columns of a cached token or ticket in scf's tables. */
interface CachedColumns {
  value: string;
  seconds: string | null;
  fetchedAt: string;
}

const TOKEN: CachedColumns = {
  value: "access_token",
  seconds: "expires_in",
  fetchedAt: "update_time",
};
const WORK_COLUMNS: readonly (CachedColumns & { kind: CredentialKind })[] = [
  { kind: "agent/access-token", ...TOKEN },
  {
    kind: "agent/ticket",
    value: "ticket",
    seconds: "ticket_expires_in",
    fetchedAt: "ticket_update_time",
  },
  {
    kind: "agent/agent-ticket",
    value: "agent_ticket",
    seconds: null,
    fetchedAt: "agent_update_time",
  },
];

type Row = Record<string, string | number | Date | null>;

/** Adopts the valid tokens and tickets that scf fetched, where waferd has none. */
export async function adoptCredentials(
  queries: Queries,
  { tables, zone }: Layout,
  sealer: Sealer,
  now: Milliseconds,
): Promise<void> {
  const adopt = async (
    key: string,
    row: Row,
    { value, seconds, fetchedAt }: CachedColumns,
  ): Promise<void> => {
    const text = row[value];
    const since = fromDatetime((row[fetchedAt] ?? null) as Date | null, zone);
    if (typeof text !== "string" || text === "" || since === null) return;
    const lasts = Number((seconds === null ? null : row[seconds]) ?? DEFAULT_SECONDS);
    const expiresAt = since + lasts * 1000;
    if (!(expiresAt > now) || since > now) return;
    const credential = {
      key,
      value: text,
      fetchedAt: since,
      expiresAt,
      lastUsedAt: now,
      forcedAt: null,
    };
    await putCredential(queries, sealer, credential, "INSERT IGNORE");
  };
  for (const row of await queries.run<Row>(`SELECT * FROM ${tables.cAppinfo}`))
    await adopt(keyOfCredential("app/access-token", String(row["appid"])), row, TOKEN);
  for (const row of await queries.run<Row>(`SELECT * FROM ${tables.cAppinfo_work}`))
    for (const columns of WORK_COLUMNS) {
      const owner = agentName(String(row["corpid"]), String(row["agentid"]));
      await adopt(keyOfCredential(columns.kind, owner), row, columns);
    }
}
