import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LoadedConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { embeddedData } from "../../config/store-target.ts";
import { CommandFailure } from "../command-failure.ts";
import { commandLog } from "../command-log.ts";
import { EXIT } from "../exit-status.ts";
import type { Io } from "../io.ts";
import { findAdminKey } from "./admin-key.ts";
import type { ApiConnection } from "./connection.ts";
import { findServer, NotListening } from "./http-connection.ts";
import { type OpenService, storeConnection } from "./store-connection.ts";

export interface ConnectOptions {
  io: Io;
  openService: OpenService;
  loaded: LoadedConfig;
  /**
   * The server's address; null for that of the configuration, or for the store when no server
   * listens there.
   */
  url: string | null;
  /** Whether the command may create a new data folder. */
  mayBegin: boolean;
  json: boolean;
}

/**
 * Connects to the server, or opens the store when none runs.
 *
 * @throws CommandFailure, or a StartError when the store does not open
 */
export async function connect(options: ConnectOptions): Promise<ApiConnection> {
  const { io, loaded, url } = options;
  const { config } = loaded;
  try {
    const server = await findServer(
      url ?? serverUrl(config),
      url === null ? certificateOf(config) : null,
    );
    try {
      return server.withKey(await findAdminKey(io, config, server.url));
    } catch (error) {
      await server.close();
      throw error;
    }
  } catch (error) {
    if (!(error instanceof NotListening)) throw error;
    if (url !== null) throw new CommandFailure(EXIT.away, error.message);
    return openStore(options, error.message);
  }
}

async function openStore(
  { io, openService, loaded: { config }, mayBegin, json }: ConnectOptions,
  noServer: string,
): Promise<ApiConnection> {
  const isNew = !hasData(config);
  if (isNew && !mayBegin)
    throw new CommandFailure(
      EXIT.away,
      `${noServer}, and ${resolve(config.data_dir)} holds no data: start a server, or give its address by --url, or the data folder by --data-dir`,
    );
  const service = await openService(config, commandLog(io, json));
  if (isNew && !json)
    io.print(`${noServer}: created a new data folder at ${resolve(config.data_dir)}\n`);
  return storeConnection(service);
}

/** Tells whether the configured store may have data. Only opening a shared one tells. */
export function hasData(config: Config): boolean {
  const embedded = embeddedData(config);
  return embedded === null || existsSync(embedded.file);
}

/** Returns the address at which this machine reaches the server of this configuration. */
export function serverUrl({ EnableHTTPS, httpaddr, httpport }: Config): string {
  const anywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const host = anywhere[httpaddr] ?? httpaddr;
  return `${EnableHTTPS ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${httpport}`;
}

export const certificateOf = ({ EnableHTTPS, HTTPSCertFile }: Config): string | null =>
  EnableHTTPS ? HTTPSCertFile : null;
