import { StartError } from "../../core/errors.ts";
import { type Store, StoreError } from "../../core/store.ts";
import { createSealer, type Sealer, UnsealError } from "../../crypto/seal.ts";
import { loadMasterKey } from "../master-key.ts";
import { LmdbApps } from "./apps.ts";
import { LmdbAudit } from "./audit.ts";
import { LmdbCallCounts } from "./call-counts.ts";
import { Counters } from "./counters.ts";
import { LmdbCredentials } from "./credentials.ts";
import { Environment } from "./environment.ts";
import { LmdbIdempotency } from "./idempotency.ts";
import { LmdbServiceKeys } from "./service-keys.ts";
import { LmdbSessions } from "./sessions.ts";
import { LmdbWeappUsers } from "./weapp-users.ts";
import { LmdbWorkAgents } from "./work-agents.ts";

/** The layout of the data that this version writes and reads. */
const FORMAT = 1;
const PROOF_TEXT = "waferd";
const PROOF_PLACE = "meta:store:proof";

/** What the folder's first start wrote down about itself. */
interface Meta {
  format: number;
  /** A known text, sealed: it opens only with the key that sealed everything else. */
  proof: Uint8Array;
  /** Whether the folder was made by the sandbox, in which anyone may log in as anyone. */
  sandbox: boolean;
}

export interface LmdbOptions {
  /** Made when missing. */
  dataDir: string;
  /** The option `master_key`; null uses the folder's own file. */
  masterKey: string | null;
  sandbox: boolean;
}

/**
 * Opens the embedded store: one LMDB environment in the data folder, shared by all processes that open it.
 *
 * @throws StartError when the folder cannot be opened, or its data was sealed with another key, written by a newer
 * version, or made by the sandbox and opened without it (or the other way round)
 */
export async function openLmdbStore(options: LmdbOptions): Promise<Store> {
  const env = new Environment(options.dataDir);
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
async function prove(env: Environment, { dataDir, masterKey, sandbox }: LmdbOptions): Promise<Sealer> {
  const table = env.table<Meta, string>("meta");
  const key = loadMasterKey(dataDir, masterKey, table.get("store") !== undefined);
  const sealer = createSealer(key.bytes);
  const meta = await env.write(() => {
    const known = table.get("store");
    if (known !== undefined) return known;
    const made: Meta = { format: FORMAT, proof: sealer.seal(PROOF_TEXT, PROOF_PLACE), sandbox };
    table.put("store", made);
    return made;
  });
  if (meta.format !== FORMAT)
    throw new StartError(
      `the data in ${dataDir} has format ${meta.format}, and this version of waferd reads format ${FORMAT}: use the version that wrote it, or a newer one`,
    );
  try {
    sealer.open(meta.proof, PROOF_PLACE);
  } catch (error) {
    if (!(error instanceof UnsealError)) throw error;
    throw new StartError(
      `the master key in ${key.source} is not the one that sealed the data in ${dataDir}: put the right key back`,
    );
  }
  if (meta.sandbox && !sandbox)
    throw new StartError(
      `the data in ${dataDir} was made by the sandbox, where anyone can log in as anyone: choose another --data-dir for real apps, or start with --sandbox`,
    );
  if (!meta.sandbox && sandbox)
    throw new StartError(
      `the data in ${dataDir} belongs to real apps, and the sandbox lets anyone log in as anyone: choose another --data-dir for --sandbox`,
    );
  return sealer;
}
