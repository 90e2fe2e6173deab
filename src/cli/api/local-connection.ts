import type { Static } from "@sinclair/typebox";
import { Agent } from "undici/index.js";
import type { Config } from "../../config/schema.ts";
import { dataPlace, embeddedData } from "../../config/store-target.ts";
import { socketsOf } from "../../data-folder/sockets.ts";
import type { ServerModel } from "../../http/rest/server/model.ts";
import { CommandFailure } from "../command-failure.ts";
import { EXIT } from "../exit-status.ts";
import {
  API_PREFIX,
  type ApiAnswer,
  type ApiConnection,
  type ApiRequest,
  type ApiStream,
  headersOf,
  sentBody,
  serverPath,
} from "./connection.ts";
import { exchange, limits, openStream } from "./exchange.ts";

/** A healthy process answers at once; one that hangs must not keep the command from the others. */
const FIRST_ANSWER_MS = 5000;

/** No process listens at a socket any more. */
const isGone = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "");

/** A placeholder: the socket decides who gets the request. */
const ORIGIN = "http://localhost";

/**
 * Connects to the server of a data folder through a socket in it, which needs no key: only the
 * folder's owner can reach the socket. The processes of a server have one each.
 *
 * @returns null when no server runs on the data
 * @throws CommandFailure when one does and none of its processes answers
 * @throws StartError when another user could have made a socket there
 */
export async function findLocalServer(config: Config): Promise<ApiConnection | null> {
  let agent = await findProcess(config);
  if (agent === null) return null;
  const name = `the server of ${dataPlace(config)}`;
  const failed = (error: Error): Error =>
    new CommandFailure(EXIT.away, `the connection to ${name} failed: ${error.message}`);
  const withProcess = async <Answer>(ask: (agent: Agent) => Promise<Answer>): Promise<Answer> => {
    for (;;)
      try {
        return await ask(agent as Agent);
      } catch (error) {
        // A reload replaced the process, which had not yet seen this request.
        const next = isGone(error) ? await findProcess(config) : null;
        if (next === null) throw failed(error as Error);
        await agent?.destroy();
        agent = next;
      }
  };
  const urlOf = (wanted: ApiRequest): string => ORIGIN + serverPath(wanted);
  const optionsOf = (wanted: ApiRequest) => ({
    method: wanted.method,
    headers: headersOf(wanted),
    ...sentBody(wanted),
  });
  return {
    name,
    isServer: true,
    send: (wanted): Promise<ApiAnswer> =>
      withProcess((agent) => exchange(agent, urlOf(wanted), optionsOf(wanted))),
    stream: (wanted, signal): Promise<ApiStream> =>
      withProcess((agent) =>
        openStream(agent, urlOf(wanted), { ...optionsOf(wanted), signal }, failed),
      ),
    close: async () => agent?.close(),
  };
}

/** Finds a process that answers; null when none listens. */
async function findProcess(config: Config): Promise<Agent | null> {
  let hangs = false;
  for (const path of socketsOf(config.data_dir)) {
    // Each request has a connection of its own: a draining process closes those that are idle.
    const agent = new Agent({ ...limits, pipelining: 0, connect: { socketPath: path } });
    try {
      const { status, text } = await exchange(agent, `${ORIGIN}${API_PREFIX}/server`, {
        headersTimeout: FIRST_ANSWER_MS,
      });
      if (status === 200 && serves(JSON.parse(text), config)) return agent;
    } catch (error) {
      hangs ||= !isGone(error);
    }
    await agent.destroy();
  }
  if (!hangs) return null;
  throw new CommandFailure(
    EXIT.away,
    `a server runs on ${dataPlace(config)}, and does not answer within ${FIRST_ANSWER_MS / 1000} seconds: its log may say why`,
  );
}

/** Servers on different shared stores may keep their keys in one folder. */
const serves = ({ data }: Static<typeof ServerModel>, config: Config): boolean =>
  embeddedData(config) !== null || data === dataPlace(config);
