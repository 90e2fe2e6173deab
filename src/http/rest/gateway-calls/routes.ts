import { Elysia } from "elysia";
import { logFilterOf } from "../../../core/logs/log-line.ts";
import type { ServerLog } from "../../../core/logs/server-log.ts";
import { GATEWAY_CALL } from "../../access-log.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards } from "../guard.ts";
import { pageOf } from "../model.ts";
import { GatewayCallPage, GatewayCallQuery, toGatewayCall } from "./model.ts";

/** Routes of the latest calls through the gateway, which are lines of the log. */
export function gatewayCallRoutes(options: RestOptions & { serverLog: ServerLog }) {
  const { admin } = guards(options.core, "gateway");
  return new Elysia({ prefix: "/gateway-calls" }).use(restContext(options)).get(
    "",
    async ({ query }) => {
      const { by } = query;
      const filter = { ...logFilterOf(query), msg: GATEWAY_CALL, ...(by !== undefined && { by }) };
      const { items, next } = unwrap(await options.serverLog.page(filter, pageOf(query)));
      return { items: items.map(toGatewayCall), next };
    },
    admin({
      query: GatewayCallQuery,
      response: { 200: GatewayCallPage },
      detail: { text: "listGatewayCalls" },
    }),
  );
}
