import { StartError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { loadMasterKey } from "../master-key.ts";
import { FORMAT, newMeta, proveMeta, type StoreMeta } from "../meta.ts";
import { LmdbApps } from "./apps.ts";
import { LmdbAudit } from "./audit.ts";
import { LmdbCallCounts } from "./call-counts.ts";
import { checkEnvironment } from "./check.ts";
import { Counters } from "./counters.ts";
import { LmdbCredentials } from "./credentials.ts";
import { Environment } from "./environment.ts";
import { LmdbIdempotency } from "./idempotency.ts";
import { LmdbServiceKeys } from "./service-keys.ts";
import { LmdbSessions } from "./sessions.ts";
import { LmdbWeappUsers } from "./weapp-users.ts";
import { LmdbWorkAgents } from "./work-agents.ts";

export interface LmdbOptions {
  /** Made when missing. */
  dataDir: string;
  /** The option `master_key`; null uses the folder's own file. */
  masterKey: string | null;
  sandbox: boolean;
  /** Told when the disk failed and the process can use the data no more. */
  onBroken?: (error: StoreError) => void;
}

/**
 * Opens the embedded store: one LMDB environment in the data folder, shared by all processes that open it.
 *
 * @throws StartError when the folder cannot be opened, or its data was sealed with another key, written by a newer
 * version, or made by the sandbox and opened without it (or the other way round)
 */
export async function openLmdbStore(options: LmdbOptions): Promise<Store> {
  const env = new Environment(options.dataDir, options.onBroken);
  try {
    const sealer = await prove(env, options);
    const counters = new Counters(env);
    const credentials = new LmdbCredentials(env, sealer);
    return {
      apps: new LmdbApps(env, counters, sealer, credentials),
      sessions: new LmdbSessions(env, counters, sealer),
      credentials,
      workAgents: new LmdbWorkAgents(env, sealer, credentials),
      callCounts: new LmdbCallCounts(env),
      serviceKeys: new LmdbServiceKeys(env),
      audit: new LmdbAudit(env, counters),
      idempotency: new LmdbIdempotency(env, sealer),
      weappUsers: new LmdbWeappUsers(env),
      adopt: () => Promise.resolve(false),
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

/** Finds the master key and proves that it opens the data. */
async function prove(
  env: Environment,
  { dataDir, masterKey, sandbox }: LmdbOptions,
): Promise<Sealer> {
  const table = env.table<StoreMeta, string>("meta");
  const place = `in ${dataDir}`;
  const key = loadMasterKey(dataDir, masterKey, table.get("store") === undefined ? null : place);
  const meta = await env.write(() => {
    const known = table.get("store");
    if (known !== undefined) return known;
    const made = newMeta(key, sandbox);
    table.put("store", made);
    return made;
  });
  const sealer = proveMeta(meta, { key, sandbox, place, elsewhere: "choose another --data-dir" });
  // Versions that cannot read what is written from here on shall refuse it.
  if (meta.format < FORMAT)
    await env.write(() => void table.put("store", { ...meta, format: FORMAT }));
  return sealer;
}
