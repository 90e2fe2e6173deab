import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { LoadedConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { embeddedData } from "../../config/store-target.ts";
import { canHaveSockets } from "../../data-folder/sockets.ts";
import { CommandFailure } from "../command-failure.ts";
import { commandLog } from "../command-log.ts";
import { EXIT } from "../exit-status.ts";
import type { Io } from "../io.ts";
import { findAdminKey } from "./admin-key.ts";
import { type ApiConnection, NotListening } from "./connection.ts";
import { serverAt, serverOf } from "./find-server.ts";
import { type OpenService, storeConnection } from "./store-connection.ts";

export interface ConnectOptions {
  io: Io;
  openService: OpenService;
  loaded: LoadedConfig;
  /** The server's address; null for the server of the data folder, or for the store. */
  url: string | null;
  /** Whether the command may create a new data folder. */
  mayBegin: boolean;
  json: boolean;
}

/**
 * Connects to the server at the given address, else to the server of the data folder, or opens the
 * store when none runs.
 *
 * @throws CommandFailure, or a StartError when the store does not open
 */
export async function connect(options: ConnectOptions): Promise<ApiConnection> {
  return (await connectToServer(options)) ?? openStore(options);
}

/**
 * Connects to the server at the given address, else to the server of the data folder.
 *
 * @returns null when none runs on the data folder
 * @throws CommandFailure
 */
export async function connectToServer({
  io,
  loaded: { config },
  url,
}: Pick<ConnectOptions, "io" | "loaded" | "url">): Promise<ApiConnection | null> {
  if (url !== null)
    try {
      return await connectTo(io, config, url, null);
    } catch (error) {
      throw error instanceof NotListening ? new CommandFailure(EXIT.away, error.message) : error;
    }
  return ownServer(io, config);
}

/** Connects to the server of the data folder; null when none runs. */
async function ownServer(io: Io, config: Config): Promise<ApiConnection | null> {
  if (canHaveSockets(config.data_dir)) return serverOf(config);
  try {
    return await connectTo(io, config, serverUrl(config), certificateOf(config));
  } catch (error) {
    if (error instanceof NotListening) return null;
    throw error;
  }
}

async function connectTo(
  io: Io,
  config: Config,
  url: string,
  certFile: string | null,
): Promise<ApiConnection> {
  const server = await serverAt(url, certFile);
  try {
    return server.withKey(await findAdminKey(io, config, url));
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function openStore({
  io,
  openService,
  loaded,
  mayBegin,
  json,
}: ConnectOptions): Promise<ApiConnection> {
  const { config } = loaded;
  const isNew = !hasData(config);
  const place = resolve(config.data_dir);
  if (isNew && !mayBegin)
    throw new CommandFailure(
      EXIT.away,
      `no server runs on ${place}, which holds no data: start a server, or give its data folder by --data-dir, or its address by --url`,
    );
  const service = await openService(loaded, commandLog(io, json));
  if (isNew && !json) io.print(`no server runs: created a new data folder at ${place}\n`);
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
