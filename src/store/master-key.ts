import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { StartError } from "../core/errors.ts";
import { isMasterKey, MASTER_KEY_FORM } from "../core/master-key.ts";
import { MASTER_KEY_BYTES } from "../crypto/seal.ts";
import { createKeyFile, readKeyFile } from "./key-file.ts";

/** Where the master key came from; errors name it, the log shows it. */
export interface MasterKey {
  bytes: Buffer;
  source: string;
}

function parse(text: string, source: string): MasterKey {
  if (!isMasterKey(text))
    throw new StartError(`the master key in ${source} has the wrong form: it must be ${MASTER_KEY_FORM}`);
  return { bytes: Buffer.from(text, "hex"), source };
}

/**
 * The key that seals the secrets of this data folder: the configured one, else `<dataDir>/master.key`, else a new one
 * written there.
 *
 * @param configured the option `master_key`, or null
 * @param hasSealedData whether the store holds data already; then a missing key is an error, never made anew
 */
export function loadMasterKey(dataDir: string, configured: string | null, hasSealedData: boolean): MasterKey {
  if (configured !== null) return parse(configured, "WAFERD_MASTER_KEY");
  const path = join(dataDir, "master.key");
  const stored = readKeyFile(path);
  if (stored !== null) return parse(stored, path);
  if (hasSealedData)
    throw new StartError(
      `${path} is missing, and the data in ${dataDir} is sealed with it: put the file back, or set WAFERD_MASTER_KEY to what it held. Without the key the stored secrets cannot be read; to begin anew, choose an empty --data-dir`,
    );
  return parse(createKeyFile(path, randomBytes(MASTER_KEY_BYTES).toString("hex")).key, path);
}
