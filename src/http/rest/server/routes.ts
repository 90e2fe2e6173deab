import { Elysia } from "elysia";
import type { EffectiveConfig } from "../../../core/effective-config.ts";
import { Failure } from "../../../core/errors.ts";
import { isLoopback } from "../../address.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { refusalOf } from "../problem.ts";
import { ServerConfigModel, toServerConfigModel } from "./config-model.ts";
import {
  FindingsModel,
  KeyProof,
  LastReload,
  ProofQuery,
  reload,
  type ServerFacts,
  ServerModel,
  toFindingsModel,
  toLastReload,
  toServerModel,
} from "./model.ts";

/** Routes of the server itself. */
export function serverRoutes(
  options: RestOptions & { facts: ServerFacts; config: EffectiveConfig },
) {
  const { admin, open } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" })
    .use(restContext(options))
    .get(
      "",
      () => toServerModel(options.facts),
      admin({
        response: { 200: ServerModel },
        detail: { text: "readServer" },
      }),
    )
    .get(
      "/config",
      () => toServerConfigModel(options.config),
      admin({
        response: { 200: ServerConfigModel },
        detail: { text: "readServerConfig" },
      }),
    )
    .get(
      "/last-reload",
      () => toLastReload(options.facts),
      admin({
        response: { 200: LastReload },
        detail: { text: "readLastReload" },
      }),
    )
    .get(
      "/doctor",
      async () => toFindingsModel(await options.facts.checkSelf()),
      admin({
        response: { 200: FindingsModel },
        detail: { text: "checkServer" },
      }),
    )
    .post(
      "/reload",
      async ({ call, status }) => {
        const { isOver, reload: shown } = unwrap(await reload(options.facts));
        await options.core.audit.record(call.actor, "server.reloaded", "server");
        return status(isOver ? 200 : 202, shown);
      },
      admin({
        response: { 200: LastReload, 202: LastReload, ...problems("reloadUnavailable") },
        detail: { text: "reloadServer" },
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
        detail: { text: "proveKey" },
      }),
    );
}

const NO_PROOF = "a proof is for a client on this machine, without a forwarder between";
