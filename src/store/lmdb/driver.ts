import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "lmdb";
import { StartError, StoreMissing } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { loadMasterKey } from "../master-key.ts";
import { FORMAT, newMeta, proveMeta, type StoreMeta } from "../meta.ts";
import type { StoreSettings } from "../settings.ts";
import { startUpgrade } from "../upgrade.ts";
import { probeBy } from "../write-probe.ts";
import { LmdbActivity } from "./activity.ts";
import { LmdbApps } from "./apps.ts";
import { LmdbAudit } from "./audit.ts";
import { LmdbCallCounts } from "./call-counts.ts";
import { checkEnvironment } from "./check.ts";
import { LmdbClaims } from "./claims.ts";
import { LmdbConsoleSessions } from "./console-sessions.ts";
import { Counters } from "./counters.ts";
import { LmdbCredentials } from "./credentials.ts";
import { Environment, LMDB_FILE } from "./environment.ts";
import { LmdbIdempotency } from "./idempotency.ts";
import { LmdbLeases } from "./leases.ts";
import { lostData, refuseLostData } from "./lost-data.ts";
import { LmdbRenewalFailures } from "./renewal-failures.ts";
import { LmdbServiceKeys } from "./service-keys.ts";
import { LmdbSessions } from "./sessions.ts";
import { moveActivity } from "./upgrade.ts";
import { LmdbWeappUsers } from "./weapp-users.ts";
import { LmdbWorkAgents } from "./work-agents.ts";

/** The number that is the time of the last sweep. */
const SWEPT_AT = "swept-at";

export type LmdbOptions = Pick<
  StoreSettings,
  | "dataDir"
  | "masterKey"
  | "sandbox"
  | "isReadOnly"
  | "mayUpgrade"
  | "onBroken"
  | "onUpgrade"
  | "inspection"
>;

/**
 * The room of a login in pages that are free, which are all that a full disk has left: its tables
 * have a dozen pages to copy.
 */
const PROBE_BYTES = 12 * 4096;

/**
 * Opens the embedded store: one LMDB environment in the data folder, shared by all processes that
 * open it. Data of an older format is upgraded first.
 *
 * @throws DamagedData
 * @throws StartError when the folder cannot be opened, or its data was sealed with another key,
 *   written by a newer version, or made by the sandbox and opened without it (or vice versa)
 */
export async function openLmdbStore(options: LmdbOptions): Promise<Store> {
  const hadAdminKey = refuseLostData(options.dataDir);
  if (options.isReadOnly && !existsSync(join(options.dataDir, LMDB_FILE)))
    throw new StoreMissing(`there is no data in ${options.dataDir}`);
  const env = new Environment(options.dataDir, options.onBroken, options.inspection);
  try {
    const meta = env.table<StoreMeta, string>("meta");
    if (hadAdminKey && env.read(() => meta.get("store")) === undefined)
      throw lostData(options.dataDir, "empty", ["admin.key"]);
    const sealer = await prove(env, meta, options);
    const activity = new LmdbActivity(env);
    const callCounts = new LmdbCallCounts(env);
    await upgrade(env, meta, options, () => moveActivity(callCounts, activity));
    const counters = new Counters(env);
    const renewalFailures = new LmdbRenewalFailures(env);
    const credentials = new LmdbCredentials(env, sealer, renewalFailures);
    const leases = new LmdbLeases(env);
    const probeWrite = () => probeBy(leases, PROBE_BYTES);
    return {
      apps: new LmdbApps(env, counters, sealer, credentials),
      sessions: new LmdbSessions(env, counters, sealer),
      credentials,
      renewalFailures,
      workAgents: new LmdbWorkAgents(env, sealer, credentials),
      callCounts,
      activity,
      serviceKeys: new LmdbServiceKeys(env),
      consoleSessions: new LmdbConsoleSessions(env),
      audit: new LmdbAudit(env, counters),
      idempotency: new LmdbIdempotency(env, sealer),
      claims: new LmdbClaims(env, sealer, probeWrite),
      leases,
      weappUsers: new LmdbWeappUsers(env),
      adopt: () => Promise.resolve(false),
      concerns: () => Promise.resolve([]),
      sweptAt: () => env.read(() => counters.get(SWEPT_AT) || null),
      noteSweep: (at) => env.writeUnflushed(() => counters.set(SWEPT_AT, at)),
      probeWrite,
      usage: () => env.usage(),
      check: (onFlaw) => checkEnvironment(env, sealer, onFlaw),
      close: () => env.close(),
    };
  } catch (error) {
    await env.close();
    if (error instanceof StoreError)
      throw new StartError(`cannot use the data folder ${options.dataDir}: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

type MetaTable = Database<StoreMeta, string>;

/** Finds the master key, and verifies that it opens the data. */
async function prove(
  env: Environment,
  table: MetaTable,
  { dataDir, masterKey, sandbox, isReadOnly = false, mayUpgrade = !isReadOnly }: LmdbOptions,
): Promise<Sealer> {
  const place = `in ${dataDir}`;
  const isNew = env.read(() => table.get("store")) === undefined;
  const key = loadMasterKey(dataDir, masterKey, isNew ? null : place);
  const meta = await env.writePatiently(() => {
    const known = table.get("store");
    if (known !== undefined) return known;
    const made = newMeta(key, sandbox);
    table.put("store", made);
    return made;
  });
  return proveMeta(meta, {
    key,
    sandbox,
    place,
    elsewhere: "choose another --data-dir",
    mayUpgrade,
  });
}

/**
 * Brings the data to the current format, in one transaction: of several processes one does it, and
 * one that is killed leaves the data as it was. Older versions refuse the data from then on.
 *
 * @param move changes the data, and returns how many records
 */
async function upgrade(
  env: Environment,
  table: MetaTable,
  { onUpgrade }: LmdbOptions,
  move: () => number,
): Promise<void> {
  if ((env.read(() => table.get("store"))?.format ?? FORMAT) >= FORMAT) return;
  const done = await env.writePatiently(() => {
    const meta = table.get("store");
    if (meta === undefined || meta.format >= FORMAT) return null;
    const end = startUpgrade(meta.format, FORMAT);
    const records = move();
    table.put("store", { ...meta, format: FORMAT });
    return end(records);
  });
  if (done !== null) onUpgrade?.(done);
}
