import { createServer } from "node:net";
import type { Static } from "@sinclair/typebox";
import type { Config } from "../../config/schema.ts";
import { dataPlace } from "../../config/store-target.ts";
import { StartError } from "../../core/errors.ts";
import { canHaveSockets } from "../../data-folder/sockets.ts";
import type { ServerModel } from "../../http/rest/server/model.ts";
import { storedAdminKey } from "../api/admin-key.ts";
import { Api } from "../api/api.ts";
import { certificateOf, serverUrl } from "../api/connect.ts";
import { type ApiConnection, NotListening } from "../api/connection.ts";
import { serverAt, serverOf } from "../api/find-server.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import { type Check, checksOf } from "./check.ts";

const { ok, warn, fail } = checksOf("port");

/** Checks that the configured address is free, or served by the waferd of this configuration. */
export async function checkPort(config: Config): Promise<Check> {
  if (config.httpport === 0) return ok("httpport is 0: a start chooses a free port");
  try {
    if (!canHaveSockets(config.data_dir)) return await checkListener(config);
    const server = await serverOf(config);
    return server === null ? await checkOthers(config) : await checkOwn(server, config);
  } catch (error) {
    if (error instanceof NotListening) return checkFree(config);
    if (error instanceof StartError) return fail(error.message, "see the check of the data folder");
    if (!(error instanceof CommandFailure)) throw error;
    return fail(error.message, "stop what listens there, or choose another httpport");
  }
}

/** Checks the server of the data folder. */
async function checkOwn(connection: ApiConnection, config: Config): Promise<Check> {
  const { url, version } = await factsOf(connection);
  const configured = serverUrl(config);
  return url === null || portOf(url) === portOf(configured)
    ? ok(`waferd ${version} serves ${url ?? configured}`)
    : warn(
        `the waferd of this data folder serves ${url}, not ${configured}`,
        "restart it, or set httpport to its port",
      );
}

/** Checks an address on which the server of the data folder does not listen. */
async function checkOthers(config: Config): Promise<Check> {
  const url = serverUrl(config);
  try {
    await (await serverAt(url, certificateOf(config))).close();
  } catch (error) {
    // Nobody is asked for waferd without TLS at an address that may be another machine's.
    if (error instanceof CommandFailure && error.status === EXIT.refused) return checkFree(config);
    throw error;
  }
  return warn(
    `the waferd at ${url} is not that of this data folder`,
    "set data_dir to its folder, or choose another httpport",
  );
}

/** Checks what listens at the address, where only its port can be asked. */
async function checkListener(config: Config): Promise<Check> {
  const url = serverUrl(config);
  const server = await serverAt(url, certificateOf(config));
  const key = storedAdminKey(config);
  if (key === null) {
    await server.close();
    return warn(
      `a waferd serves ${url}, but without an admin key it cannot be asked which`,
      "set data_dir to the folder of its data",
    );
  }
  try {
    const facts = await factsOf(server.withKey(key));
    const data = dataPlace(config);
    return facts.data === data
      ? ok(`waferd ${facts.version} serves ${url}`)
      : warn(
          `the waferd at ${url} has its data in ${facts.data}, not ${data}`,
          "set data_dir to that folder",
        );
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.status !== EXIT.refused) throw error;
    return warn(
      `the waferd at ${url} has another admin key`,
      "set data_dir to its folder, or choose another httpport",
    );
  }
}

/** Reads what a server says of itself, and ends the connection. */
export async function factsOf(connection: ApiConnection): Promise<Static<typeof ServerModel>> {
  try {
    return await new Api(connection).call({ method: "GET", path: "/server" });
  } finally {
    await connection.close();
  }
}

/** Returns the port of an address, also one that it leaves out. */
export function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port === "" ? ({ "http:": "80", "https:": "443" }[protocol] ?? "") : port;
}

/** Checks whether this user may listen there. */
export function checkFree({ httpaddr, httpport }: Config): Promise<Check> {
  const words: Readonly<Record<string, string>> = {
    EACCES: "this user may not; ports below 1024 need root",
    EADDRINUSE: "something else listens there",
    EADDRNOTAVAIL: "this machine has no such address",
  };
  return new Promise((done) => {
    const server = createServer();
    server.once("error", ({ code = "", message }: NodeJS.ErrnoException) =>
      done(
        fail(
          `waferd cannot listen on ${httpaddr}:${httpport}: ${words[code] ?? message}`,
          "choose another address",
        ),
      ),
    );
    server.listen({ host: httpaddr, port: httpport, exclusive: true }, () =>
      server.close(() => done(ok(`${httpaddr}:${httpport} is free: no server runs`))),
    );
  });
}
