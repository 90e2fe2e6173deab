import { readFileSync } from "node:fs";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { StartError } from "../core/errors.ts";
import { writtenText } from "../core/written-text.ts";

/** A configuration, and the contents of the files that it names. */
export interface Settings {
  loaded: LoadedConfig;
  /** Certificate and key in PEM; null without TLS. */
  tls: { cert: string; key: string } | null;
}

/** @throws StartError when a file cannot be read */
export const readSettings = (loaded: LoadedConfig): Settings => ({
  loaded,
  tls: loaded.config.EnableHTTPS ? tlsFiles(loaded.config) : null,
});

function tlsFiles(config: Config): { cert: string; key: string } {
  const read = (option: "HTTPSCertFile" | "HTTPSKeyFile"): string => {
    try {
      return writtenText(readFileSync(config[option]));
    } catch (cause) {
      throw new StartError(`${option}: ${(cause as Error).message}`, { cause });
    }
  };
  return { cert: read("HTTPSCertFile"), key: read("HTTPSKeyFile") };
}
