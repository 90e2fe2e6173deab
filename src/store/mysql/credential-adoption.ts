import { agentName } from "../../core/apps/work-agent.ts";
import { type CredentialKind, keyOfCredential } from "../../core/credentials/kinds.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { fromDatetime } from "../layout/datetime.ts";
import { putNewer } from "./credentials.ts";
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

/** Returns a list for a SELECT, whose answer spells columns as the statement does. */
const columnsOf = (kinds: readonly CachedColumns[]): string =>
  kinds
    .flatMap(({ value, seconds, fetchedAt }) => [value, fetchedAt, ...(seconds ? [seconds] : [])])
    .join(", ");

type Row = Record<string, string | number | Date | null>;

/** Adopts the valid tokens and tickets that scf fetched later than waferd did its own. */
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
    await putNewer(queries, sealer, credential);
  };
  const cached = (value: string): string => `${value} IS NOT NULL AND ${value} <> ''`;
  const ofApps = `SELECT appid, ${columnsOf([TOKEN])} FROM ${tables.cAppinfo} WHERE ${cached(TOKEN.value)}`;
  for (const row of await queries.run<Row>(ofApps))
    await adopt(keyOfCredential("app/access-token", String(row["appid"])), row, TOKEN);
  const ofAgents = `SELECT corpid, agentid, ${columnsOf(WORK_COLUMNS)} FROM ${tables.cAppinfo_work} WHERE ${WORK_COLUMNS.map(({ value }) => `(${cached(value)})`).join(" OR ")}`;
  for (const row of await queries.run<Row>(ofAgents))
    for (const columns of WORK_COLUMNS) {
      const owner = agentName(String(row["corpid"]), String(row["agentid"]));
      await adopt(keyOfCredential(columns.kind, owner), row, columns);
    }
}
