import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { EXECUTABLE } from "./waferd.ts";

/** A user that this machine does not know, nor owns anything. */
export const STRANGER = 54_321;

/** Whether this process may run others as another user. */
export const IS_ROOT = process.geteuid?.() === 0;

/**
 * Copies the executable to where any user can run it.
 *
 * @param folder a temporary folder, which others may then enter
 * @returns the start of a command line that runs it as the stranger
 */
export function executableOfStranger(folder: string): string[] {
  chmodSync(folder, 0o711);
  const path = join(folder, "waferd");
  copyFileSync(EXECUTABLE, path);
  chmodSync(path, 0o755);
  return [
    ...["setpriv", `--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups"],
    ...["--inh-caps=-all", path],
  ];
}
