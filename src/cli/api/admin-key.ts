import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { writtenText } from "../../core/written-text.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import type { Io } from "../io.ts";
import { askHidden, canAsk } from "../terminal/prompt.ts";

/**
 * Finds the admin key for a server: the configured one (WAFERD_ADMIN_KEY), else that of the data
 * folder, else asks the person at the terminal.
 *
 * @throws CommandFailure when there is none
 */
export async function findAdminKey(io: Io, config: Config, url: string): Promise<string> {
  const stored = storedAdminKey(config);
  if (stored !== null) return stored;
  if (canAsk(io)) return (await askHidden(io, `the admin key of ${url}: `)).trim();
  throw new CommandFailure(
    EXIT.refused,
    `the admin key of ${url} is missing: set WAFERD_ADMIN_KEY, or give the folder of its admin.key by --data-dir (${adminKeyPath(config)} does not exist)`,
  );
}

/** Returns the path of the file that has the admin key, unless it is configured. */
export const adminKeyPath = (config: Config): string => resolve(config.data_dir, "admin.key");

/** Returns the configured admin key, else that of the data folder; null without either. */
export const storedAdminKey = (config: Config): string | null =>
  config.admin_key === "" ? readKey(adminKeyPath(config)) : config.admin_key;

function readKey(path: string): string | null {
  try {
    return (writtenText(readFileSync(path)).split("\n")[0] ?? "").trim();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw new CommandFailure(
      EXIT.refused,
      `cannot read the admin key: ${(error as Error).message}`,
    );
  }
}
