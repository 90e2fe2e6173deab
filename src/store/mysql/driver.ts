import { mkdirSync } from "node:fs";
import { StartError, StoreMissing, UpgradeNeeded } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { loadMasterKey } from "../master-key.ts";
import { FORMAT, newMeta, proveMeta } from "../meta.ts";
import type { StoreSettings } from "../settings.ts";
import { startUpgrade } from "../upgrade.ts";
import { probeBy } from "../write-probe.ts";
import { MySqlActivity } from "./activity.ts";
import { MySqlApps } from "./apps.ts";
import { MySqlAudit } from "./audit.ts";
import { MySqlCallCounts } from "./call-counts.ts";
import { checkDatabase } from "./check.ts";
import { MySqlClaims } from "./claims.ts";
import type { Connection, MySqlOptions } from "./connection.ts";
import { MySqlConsoleSessions } from "./console-sessions.ts";
import { readCounter, setCounter } from "./counters.ts";
import { adoptCredentials } from "./credential-adoption.ts";
import { MySqlCredentials } from "./credentials.ts";
import { Database } from "./database.ts";
import { toStoreError } from "./failure.ts";
import { planFit } from "./fit.ts";
import { MySqlIdempotency } from "./idempotency.ts";
import type { Layout } from "./layout.ts";
import { MySqlLeases } from "./leases.ts";
import { createBase, isBehind, migrate } from "./migrations.ts";
import { zoneConcerns } from "./neighbour-zone.ts";
import { OwnerlessSessions } from "./ownerless.ts";
import { MySqlRenewalFailures } from "./renewal-failures.ts";
import { MySqlServiceKeys } from "./service-keys.ts";
import { SessionExpiry } from "./session-expiry.ts";
import { MySqlSessions } from "./sessions.ts";
import { alone, checkServer, connectForStart, placeOf } from "./start.ts";
import { databaseUsage } from "./usage.ts";
import { MySqlWeappUsers } from "./weapp-users.ts";
import { MySqlWorkAgents } from "./work-agents.ts";

export type { MySqlOptions } from "./connection.ts";

/** The number that is the time of the last sweep. */
const SWEPT_AT = "swept-at";

export interface MySqlStoreOptions
  extends Pick<
    StoreSettings,
    "dataDir" | "masterKey" | "sandbox" | "defaultAppid" | "isReadOnly" | "mayUpgrade" | "onUpgrade"
  > {
  mysql: MySqlOptions;
  /** The time zone of the database's datetimes. */
  zone: ZoneMinutes;
}

/**
 * Opens the store in a MySQL or MariaDB database: a new one, or one that the php, go or scf server
 * goes on using (docs/protocol-reference.md#stored-layouts-mysql). Several nodes with the same
 * master key can share it.
 *
 * @throws StartError when the database cannot be reached or prepared, or its data was sealed with
 * another key, written by a newer version, or created by the sandbox and opened without it or vice
 * versa
 */
export async function openMySqlStore(options: MySqlStoreOptions): Promise<Store> {
  const { defaultAppid, isReadOnly = false } = options;
  const { sealer, layout } = await prepare(options);
  const db = new Database(options.mysql);
  const apps = new MySqlApps(db, layout, { isReadOnly });
  const leases = new MySqlLeases(db);
  const expiry = new SessionExpiry(db, layout);
  const ownerless = new OwnerlessSessions(db, layout, { defaultAppid, isReadOnly });
  const store: Store = {
    apps,
    sessions: new MySqlSessions(db, layout, { expiry, ownerless }),
    credentials: new MySqlCredentials(db, sealer),
    renewalFailures: new MySqlRenewalFailures(db),
    workAgents: new MySqlWorkAgents(db, layout),
    callCounts: new MySqlCallCounts(db),
    activity: new MySqlActivity(db),
    serviceKeys: new MySqlServiceKeys(db),
    consoleSessions: new MySqlConsoleSessions(db),
    audit: new MySqlAudit(db),
    idempotency: new MySqlIdempotency(db, sealer),
    claims: new MySqlClaims(db, sealer),
    leases,
    weappUsers: new MySqlWeappUsers(db),
    async adopt(limit) {
      await apps.adopt();
      await adoptCredentials(db, layout, sealer, Date.now());
      const assigned = await ownerless.assign(null, limit);
      return (await expiry.adopt(limit)) || assigned === limit;
    },
    concerns: () => zoneConcerns(db, layout.zone),
    sweptAt: async () => (await readCounter(db, SWEPT_AT)) || null,
    noteSweep: (at) => setCounter(db, SWEPT_AT, at),
    probeWrite: () => probeBy(leases),
    usage: () => databaseUsage(db),
    check: (onFlaw) => checkDatabase(db, layout, sealer, onFlaw),
    close: () => db.close(),
  };
  try {
    await apps.adopt();
    return store;
  } catch (error) {
    await db.close();
    throw toStartError(error, options.mysql);
  }
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StartError(
      `cannot create the data folder ${dataDir}: ${(cause as Error).message}. It contains the keys; choose another by --data-dir`,
      { cause },
    );
  }
}

/** Verifies that the master key opens the data, then updates the tables. */
async function prepare(options: MySqlStoreOptions): Promise<{ sealer: Sealer; layout: Layout }> {
  const { mysql, zone, defaultAppid, isReadOnly = false } = options;
  const connection = await connectForStart(mysql);
  try {
    await checkServer(connection, mysql);
    if (isReadOnly) return await prepareToRead(connection, options);
    makeDataDir(options.dataDir);
    return await alone(connection, mysql, async () => {
      // At every start, because a dump may have been restored.
      const plan = await planFit(connection, { defaultAppid, triesOut: true });
      await createBase(connection);
      const { sealer, format } = await prove(connection, options);
      const end = startUpgrade(format, FORMAT);
      const place = placeOf(mysql);
      const { layout, records } = await migrate(connection, { zone, plan, sealer, place });
      if (format < FORMAT) {
        await connection.query("UPDATE waferd_meta SET format = ? WHERE name = 'store'", [FORMAT]);
        options.onUpgrade?.(end(records));
      }
      return { sealer, layout };
    });
  } catch (error) {
    throw toStartError(error, mysql);
  } finally {
    await connection.close();
  }
}

/** Verifies the same, and that a start would change no table. */
async function prepareToRead(
  connection: Connection,
  options: MySqlStoreOptions,
): Promise<{ sealer: Sealer; layout: Layout }> {
  const { mysql, zone, defaultAppid } = options;
  const { tables, statements } = await planFit(connection, { defaultAppid, triesOut: false });
  const place = placeOf(mysql);
  if (!(await isMade(connection))) throw new StoreMissing(`there is no store in ${place}`);
  const { sealer } = await prove(connection, options);
  if (statements.length > 0 || (await isBehind(connection)))
    throw new UpgradeNeeded(
      `the database ${place} lacks tables, columns or keys that the next start makes: back it up, then run waferd serve`,
    );
  return { sealer, layout: { tables, zone } };
}

const isMade = async (connection: Connection): Promise<boolean> =>
  (await connection.query("SHOW TABLES LIKE 'waferd\\_meta'")).length > 0 &&
  (await connection.query("SELECT 1 FROM waferd_meta WHERE name = 'store'")).length > 0;

function toStartError(cause: unknown, mysql: MySqlOptions): unknown {
  if (cause instanceof StartError) return cause;
  const error = toStoreError(cause);
  if (!(error instanceof StoreError)) return error;
  return new StartError(
    `cannot prepare the database ${placeOf(mysql)}: ${error.message}. Its user needs ALL privileges on it, and it must not be read-only`,
    { cause },
  );
}

async function prove(
  connection: Connection,
  {
    mysql,
    dataDir,
    masterKey,
    sandbox,
    isReadOnly = false,
    mayUpgrade = !isReadOnly,
  }: MySqlStoreOptions,
): Promise<{ sealer: Sealer; format: number }> {
  const place = `in the MySQL database ${mysql.database} at ${mysql.host}:${mysql.port}`;
  const read = async () => {
    const [row] = await connection.query<{ format: number; proof: Uint8Array; sandbox: number }>(
      "SELECT format, proof, sandbox FROM waferd_meta WHERE name = 'store'",
    );
    return row;
  };
  let meta = await read();
  const key = loadMasterKey(dataDir, masterKey, meta === undefined ? null : place);
  if (meta === undefined) {
    const made = newMeta(key, sandbox);
    await connection.query(
      "INSERT INTO waferd_meta (name, format, proof, sandbox) VALUES ('store', ?, ?, ?)",
      [made.format, made.proof, made.sandbox],
    );
    meta = { ...made, sandbox: Number(sandbox) };
  }
  const sealer = proveMeta(
    { ...meta, sandbox: Boolean(meta.sandbox) },
    { key, sandbox, place, elsewhere: "choose another mysql.db", mayUpgrade },
  );
  return { sealer, format: meta.format };
}
