import { createServer } from "node:net";
import type { Static } from "@sinclair/typebox";
import type { Config } from "../../config/schema.ts";
import { dataPlace } from "../../config/store-target.ts";
import type { ServerModel } from "../../http/rest/server/model.ts";
import { storedAdminKey } from "../api/admin-key.ts";
import { Api } from "../api/api.ts";
import { certificateOf, serverUrl } from "../api/connect.ts";
import { type FoundServer, findServer, NotListening } from "../api/http-connection.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import { type Check, checksOf } from "./check.ts";

const { ok, warn, fail } = checksOf("port");

/** Checks that the configured address is free, or served by the waferd of this configuration. */
export async function checkPort(config: Config): Promise<Check> {
  if (config.httpport === 0) return ok("httpport is 0: a start chooses a free port");
  const url = serverUrl(config);
  try {
    return await checkServer(await findServer(url, certificateOf(config)), config);
  } catch (error) {
    if (error instanceof NotListening) return checkFree(config);
    if (!(error instanceof CommandFailure)) throw error;
    return fail(error.message, "stop what listens there, or choose another httpport");
  }
}

async function checkServer(server: FoundServer, config: Config): Promise<Check> {
  const key = storedAdminKey(config);
  if (key === null) {
    await server.close();
    return warn(
      `a waferd serves ${server.url}, but without an admin key it cannot be asked which`,
      "set data_dir to the folder of its data",
    );
  }
  const connection = server.withKey(key);
  try {
    const facts: Static<typeof ServerModel> = await new Api(connection).call({
      method: "GET",
      path: "/server",
    });
    const data = dataPlace(config);
    return facts.data === data
      ? ok(`waferd ${facts.version} serves ${server.url}`)
      : warn(
          `the waferd at ${server.url} has its data in ${facts.data}, not ${data}`,
          "set data_dir to that folder",
        );
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.status !== EXIT.refused)
      return fail(`the waferd at ${server.url}: ${error.message}`, "look at its log");
    return warn(
      `the waferd at ${server.url} has another admin key`,
      "set data_dir to its folder, or choose another httpport",
    );
  } finally {
    await connection.close();
  }
}

/** Checks whether this user may listen there. */
function checkFree({ httpaddr, httpport }: Config): Promise<Check> {
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
