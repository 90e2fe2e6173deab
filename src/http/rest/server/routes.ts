import { Elysia } from "elysia";
import { Failure } from "../../../core/errors.ts";
import { isLoopback } from "../../address.ts";
import { type RestOptions, restContext } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { refusalOf } from "../problem.ts";
import {
  KeyProof,
  LastReload,
  ProofQuery,
  type ServerFacts,
  ServerModel,
  toLastReload,
  toServerModel,
} from "./model.ts";

/** Routes of the server itself. */
export function serverRoutes(options: RestOptions & { facts: ServerFacts }) {
  const { admin, open } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" })
    .use(restContext(options))
    .get(
      "",
      () => toServerModel(options.facts),
      admin({
        response: { 200: ServerModel },
        detail: {
          summary: "Read the server's state",
          description:
            "Returns its version, its address and data, its start, and the processes that serve.",
        },
      }),
    )
    .get(
      "/last-reload",
      () => toLastReload(options.facts),
      admin({
        response: { 200: LastReload },
        detail: {
          summary: "Read how the latest reload ended",
          description:
            "A reload is asked for by SIGHUP, or by `waferd reload` on the same machine.",
        },
      }),
    )
    .get(
      "/key-proof",
      ({ request, query }) => {
        const connection = options.connectionOf?.(request) ?? null;
        if (connection === null || !isLoopback(connection.client.address))
          throw refusalOf(new Failure("forbidden", { reason: NO_PROOF }));
        return { proof: options.core.access.proveAdminKey(query.nonce, connection) };
      },
      open({
        query: ProofQuery,
        response: { 200: KeyProof, ...problems("forbidden") },
        detail: {
          summary: "Prove that the server knows the admin key",
          description:
            "For the command line, before it sends the key over plain http on one machine. Answers only a client on this machine, and the proof holds only for this connection.",
        },
      }),
    );
}

const NO_PROOF = "a proof is for a client on this machine, without a forwarder between";
