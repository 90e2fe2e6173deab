import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { AgentParams, PageQuery, pageOf, strict } from "../model.ts";
import { toWorkAgentModel, WorkAgentModel, WorkAgentPage, WorkAgentSettings } from "./model.ts";

/** Routes of WeCom agents. */
export function workAgentRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "work-agents");
  return new Elysia({ prefix: "/work-agents" })
    .use(restContext(options))
    .get(
      "",
      async ({ query }) => {
        const { items, next } = unwrap(await core.workAgents.list(pageOf(query)));
        return { items: items.map(toWorkAgentModel), next };
      },
      admin({
        query: strict(PageQuery),
        response: { 200: WorkAgentPage },
        detail: { text: "listAgents" },
      }),
    )
    .get(
      "/:corpid/:agentid",
      async ({ params }) =>
        toWorkAgentModel(unwrap(await core.workAgents.find(params.corpid, params.agentid))),
      admin({
        params: AgentParams,
        response: { 200: WorkAgentModel, ...problems("agentNotFound") },
        detail: { text: "readAgent" },
      }),
    )
    .put(
      "/:corpid/:agentid",
      async ({ params, body, call, status }) => {
        const { secret: agentSecret, remark = "" } = body;
        const wanted = { ...params, agentSecret, remark };
        const { agent, isNew } = unwrap(await core.workAgents.register(wanted, call.actor));
        return status(isNew ? 201 : 200, toWorkAgentModel(agent));
      },
      admin({
        params: AgentParams,
        body: WorkAgentSettings,
        response: { 200: WorkAgentModel, 201: WorkAgentModel, ...problems("agentNotSaved") },
        detail: { text: "registerAgent" },
      }),
    )
    .delete(
      "/:corpid/:agentid",
      async ({ params, call, status }) => {
        unwrap(await core.workAgents.remove(params.corpid, params.agentid, call.actor));
        return status(204, undefined);
      },
      admin({
        params: AgentParams,
        response: { 204: NoContent, ...problems("agentNotFound", "agentNotSaved") },
        detail: { text: "deleteAgent" },
      }),
    );
}
