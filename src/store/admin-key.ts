import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { ADMIN_KEY_FORM, isAdminKey } from "../core/access/access.ts";
import { StartError } from "../core/errors.ts";
import { createKeyFile, readKeyFile } from "./key-file.ts";

/** Identifies the key to people and to scanners of leaked secrets. */
const PREFIX = "waferd_admin_";
const KEY_BYTES = 32;

export interface AdminKey {
  key: string;
  /** The file of the key, or null when it was configured. */
  path: string | null;
  /** Whether this start created it: the only time that it is shown. */
  created: boolean;
}

/** Returns the configured admin key, or that of `<dataDir>/admin.key`, created if missing. */
export function loadAdminKey(dataDir: string, configured: string | null): AdminKey {
  if (configured !== null) return { key: configured, path: null, created: false };
  const path = join(dataDir, "admin.key");
  const stored = readKeyFile(path);
  if (stored !== null && !isAdminKey(stored))
    throw new StartError(
      `the admin key in ${path} has the wrong form: it must be ${ADMIN_KEY_FORM}. Put such a key there, or delete the file to get a new one`,
    );
  if (stored !== null) return { key: stored, path, created: false };
  return { ...createKeyFile(path, PREFIX + randomBytes(KEY_BYTES).toString("base64url")), path };
}
