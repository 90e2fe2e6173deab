import type { Flaw } from "../../core/store.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Database, Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { countName } from "./session-rows.ts";

/** Whole tables are read. */
const TIMEOUT = 600_000;

/** Checks the tables in one snapshot (see Store.check). */
export function checkDatabase(
  db: Database,
  { tables }: Layout,
  sealer: Sealer,
  onFlaw: (flaw: Flaw) => void,
): Promise<Record<string, number>> {
  const check = async (queries: Queries): Promise<Record<string, number>> => {
    const number = async (from: string): Promise<number> => {
      const [row] = await queries.run<{ n: number | string }>(`SELECT COUNT(*) AS n FROM ${from}`);
      return Number(row?.n ?? 0);
    };
    const apps = await queries.run<{ appid: string; secret: string | null }>(
      `SELECT appid, secret FROM ${tables.cAppinfo}`,
    );
    for (const { appid, secret } of apps)
      if (!secret) onFlaw({ what: `app ${appid}`, problem: "its secret is empty" });

    const broken = await queries.run<{ id: number; uuid: string; open_id: string; skey: string }>(
      `SELECT id, uuid, open_id, skey FROM ${tables.cSessionInfo}
        WHERE uuid = '' OR open_id = '' OR skey = '' OR create_time IS NULL OR create_time < '1971-01-01'`,
    );
    for (const { id, uuid, open_id, skey } of broken) {
      const empty = uuid === "" ? "uuid" : open_id === "" ? "open_id" : skey === "" ? "skey" : null;
      const problem = empty === null ? "create_time is not a time" : `${empty} is empty`;
      onFlaw({ what: `cSessionInfo row ${id}`, problem });
    }
    const counted = await queries.run<{ appid: string; n: number | string }>(
      `SELECT appid, COUNT(*) AS n FROM ${tables.cSessionInfo} WHERE waferd_expires_at IS NOT NULL GROUP BY appid`,
    );
    const kept = await queries.run<{ name: string; n: number | string }>(
      "SELECT name, CAST(SUM(amount) AS SIGNED) AS n FROM waferd_counters WHERE name LIKE 'sessions:%' GROUP BY name",
    );
    const keptOf = new Map(kept.map(({ name, n }) => [name, Number(n)]));
    for (const { appid, n } of counted) {
      const says = keptOf.get(countName(appid)) ?? 0;
      if (says !== Number(n))
        onFlaw({
          what: `sessions of ${appid}`,
          problem: `the stored count is ${says}, and there are ${n}`,
        });
    }

    const unseal = (what: string, sealed: Uint8Array, sealedPlace: string): void => {
      try {
        sealer.open(sealed, sealedPlace);
      } catch (error) {
        onFlaw({ what, problem: (error as Error).message });
      }
    };
    const credentials = await queries.run<{ name: string; value: Uint8Array }>(
      "SELECT name, value FROM waferd_credentials",
    );
    for (const { name, value } of credentials)
      unseal(`credential ${name}`, value, `credentials:${name}:value`);
    const agents = await queries.run<{
      corpid: string;
      agentid: string;
      agentsecret: string | null;
    }>(`SELECT corpid, agentid, agentsecret FROM ${tables.cAppinfo_work}`);
    for (const { corpid, agentid, agentsecret } of agents)
      if (!agentsecret)
        onFlaw({ what: `agent ${corpid}:${agentid}`, problem: "its secret is empty" });
    return {
      apps: apps.length,
      sessions: await number(tables.cSessionInfo),
      credentials: credentials.length,
      "sessions of the console": await number("waferd_console_sessions"),
      "WeCom agents": agents.length,
      "service keys": await number("waferd_service_keys"),
      "audit entries": await number("waferd_audit"),
    };
  };
  return db.transaction(check, { timeout: TIMEOUT, snapshot: true });
}
