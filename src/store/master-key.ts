import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../core/errors.ts";
import { isMasterKey, MASTER_KEY_FORM } from "../core/master-key.ts";
import { createSealer, MASTER_KEY_BYTES, type Sealer } from "../crypto/seal.ts";
import { createKeyFile, readKeyFile } from "./key-file.ts";

const KEY_FILE = "master.key";

/** A master key and its source, which errors name and the log shows. */
export interface MasterKey {
  bytes: Buffer;
  source: string;
}

function parse(text: string, source: string): MasterKey {
  if (!isMasterKey(text))
    throw new StartError(
      `the master key in ${source} has the wrong form: it must be ${MASTER_KEY_FORM}. Put back the key that sealed the data`,
    );
  return { bytes: Buffer.from(text, "hex"), source };
}

/**
 * Returns the key that seals the secrets: the configured one, or that of `<dataDir>/master.key`,
 * which is created if missing.
 *
 * @param configured the option `master_key`, or null
 * @param sealedData where sealed data is, for people, or null; a missing key is then an error
 */
export function loadMasterKey(
  dataDir: string,
  configured: string | null,
  sealedData: string | null,
): MasterKey {
  if (configured !== null) return parse(configured, "WAFERD_MASTER_KEY");
  const path = join(dataDir, KEY_FILE);
  const stored = readKeyFile(path);
  if (stored !== null) return parse(stored, path);
  if (sealedData !== null)
    throw new StartError(
      `${path} is missing, and the data ${sealedData} is sealed with it: put back the file of the node that made it, or set WAFERD_MASTER_KEY to what it holds. Without the key the stored secrets cannot be read; to start without that data, choose another store`,
    );
  return parse(createKeyFile(path, randomBytes(MASTER_KEY_BYTES).toString("hex")).key, path);
}

/** Returns a sealer with the configured master key or the folder's; null when there is none. */
export function findSealer(dataDir: string, configured: string | null): Sealer | null {
  const hasKey = configured !== null || existsSync(join(dataDir, KEY_FILE));
  return hasKey ? createSealer(loadMasterKey(dataDir, configured, null).bytes) : null;
}

/** Returns a sealer with the configured master key or the folder's, which opening the store made. */
export const loadSealer = (dataDir: string, configured: string | null): Sealer =>
  createSealer(loadMasterKey(dataDir, configured, null).bytes);
