import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { sampleConf } from "../../config/sample.ts";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { writtenText } from "../../core/written-text.ts";
import { CONFIG_FOLDER, inService, STATE_FOLDER, type UnitSettings } from "./unit.ts";

/** The configuration of a service, unless another file is named. */
export const DEFAULT_CONFIG = `${CONFIG_FOLDER}/app.conf`;

/** Folders that the unit hides from the service, or replaces. */
const HIDDEN = ["/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"];

/** A service that can be installed. */
export interface ServicePlan {
  unit: UnitSettings;
  /** The text of a configuration that has to be written first; null when the file exists. */
  newConfig: string | null;
}

/**
 * Plans a service of an executable and a configuration.
 *
 * @param config the file, if one was named
 * @param prefix the folder that stands for the machine's root; empty for the machine itself
 * @throws StartError when the service could not start
 */
export function planService(
  executable: string,
  config: string | null,
  prefix: string,
): ServicePlan {
  const path = config === null ? DEFAULT_CONFIG : below(prefix, resolve(config));
  const place = `${prefix}${path}`;
  const isThere = existsSync(place);
  if (!isThere && config !== null)
    throw new StartError(`the configuration ${place} does not exist`);
  const program = below(prefix, executable);
  for (const needed of [program, path])
    if (HIDDEN.some((folder) => needed.startsWith(folder)))
      throw new StartError(
        `the service cannot see ${needed} (${HIDDEN.join(", ")} are hidden from it): move an executable to /usr/local/bin, a configuration to ${DEFAULT_CONFIG}`,
      );
  const text = isThere ? writtenText(readFileSync(place)) : sampleConf({ data_dir: STATE_FOLDER });
  // The service does not inherit the environment of the person who installs it.
  const loaded = loadConfig({ flags: {}, environment: {}, file: { path, text } });
  return {
    unit: {
      executable: program,
      config: path,
      writable: writableFolders(loaded.config),
      privilegedPort: loaded.config.httpport > 0 && loaded.config.httpport < 1024,
    },
    newConfig: isThere ? null : text,
  };
}

/** Returns a path as it is when the folder is the machine's root. */
const below = (prefix: string, path: string): string =>
  prefix !== "" && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;

function writableFolders(config: Config): string[] {
  const folders = [inService(config.data_dir)];
  if (config["log.file"] !== "") folders.push(dirname(inService(config["log.file"])));
  if (config["backup.dir"] !== "") folders.push(inService(config["backup.dir"]));
  return [...new Set(folders)];
}
