import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { CONFIG_VARIABLE, type ConfigFile } from "../config/load.ts";
import { StartError } from "../core/errors.ts";
import { writtenText } from "../core/written-text.ts";
import type { Io } from "./io.ts";

/** The files that are looked for where none is named, the first one first. */
export const PLACES = ["./app.conf", "/etc/waferd/app.conf"] as const;

/** The file of a configuration. */
export interface FoundConfig extends ConfigFile {
  /** Whether it was found in one of {@link PLACES}, and not named. */
  isFound: boolean;
}

/**
 * Reads the configuration's file: the one that is named by a flag or a variable, else the first of
 * {@link PLACES} that exists; null without one.
 *
 * @throws StartError when it cannot be read
 */
export function findConfigFile(
  named: string | null,
  { environment, print }: Io,
): FoundConfig | null {
  const path = named ?? environment[CONFIG_VARIABLE] ?? "";
  if (path !== "") return { path, text: read(path), isFound: false };
  for (const place of PLACES) {
    if (!existsSync(place)) continue;
    const stranger = reasonNotToUse(place);
    if (stranger === null) return { path: place, text: read(place), isFound: true };
    print(`waferd: ${place} is not used, because ${stranger}; --config ${place} uses it\n`);
  }
  return null;
}

/**
 * Returns why a file that was found is not to be used; null when it may be. The author of a
 * configuration that root finds in some folder would decide where root writes.
 */
function reasonNotToUse(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
  } catch {
    return "this user cannot read it";
  }
  const me = process.getuid?.();
  if (me === undefined) return null;
  const { uid, mode } = statSync(path);
  if (uid !== me && uid !== 0) return "it belongs to another user";
  return (mode & 0o002) === 0 ? null : "every user can write it";
}

function read(path: string): string {
  try {
    return writtenText(readFileSync(path));
  } catch (cause) {
    throw new StartError(`cannot read the configuration ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
