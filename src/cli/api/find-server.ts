import type { Config } from "../../config/schema.ts";
import type { ApiConnection } from "./connection.ts";
import type { FoundServer } from "./http-connection.ts";

// undici takes 25 MB, which a supervisor, the command `serve`, does not need.

/** Finds a server by its address, as http-connection.ts says. */
export async function serverAt(url: string, certFile: string | null): Promise<FoundServer> {
  return (await import("./http-connection.ts")).findServer(url, certFile);
}

/** Connects to the server of a data folder, as local-connection.ts says. */
export async function serverOf(config: Config): Promise<ApiConnection | null> {
  return (await import("./local-connection.ts")).findLocalServer(config);
}
