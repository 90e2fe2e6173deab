import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { IdempotencyHeaders, once } from "../idempotency.ts";
import { PageQuery, pageOf, strict } from "../model.ts";
import {
  CreatedServiceKey,
  NewServiceKeyModel,
  ServiceKeyModel,
  ServiceKeyPage,
  ServiceKeyParams,
  toServiceKeyModel,
} from "./model.ts";

/** Routes of the keys of business servers. */
export function serviceKeyRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "service-keys");
  return new Elysia({ prefix: "/service-keys" })
    .use(restContext(options))
    .get(
      "",
      async ({ query }) => {
        const { items, next } = unwrap(await core.serviceKeys.list(pageOf(query)));
        return { items: items.map(toServiceKeyModel), next };
      },
      admin({
        query: strict(PageQuery),
        response: { 200: ServiceKeyPage },
        detail: { text: "listServiceKeys" },
      }),
    )
    .post(
      "",
      async (context) => {
        const { body, call, set, status } = context;
        const created = await once({ ...context, core }, async () => {
          const { expiresAt = null, paths = null, ...wanted } = body;
          const until = expiresAt === null ? null : Date.parse(expiresAt);
          const made = await core.serviceKeys.create(
            { ...wanted, paths, expiresAt: until },
            call.actor,
          );
          const { key, record } = unwrap(made);
          return { ...toServiceKeyModel(record), key };
        });
        set.headers["location"] = `/api/v1/service-keys/${created.id}`;
        return status(201, created);
      },
      admin({
        headers: IdempotencyHeaders,
        body: NewServiceKeyModel,
        response: {
          201: CreatedServiceKey,
          ...problems("idempotencyKeyReused", "idempotencyKeyInUse"),
        },
        detail: { text: "createServiceKey", answerHeaders: ["Location"] },
      }),
    )
    .get(
      "/:id",
      async ({ params }) => toServiceKeyModel(unwrap(await core.serviceKeys.find(params.id))),
      admin({
        params: ServiceKeyParams,
        response: { 200: ServiceKeyModel, ...problems("serviceKeyNotFound") },
        detail: { text: "readServiceKey" },
      }),
    )
    .delete(
      "/:id",
      async ({ params, call, status }) => {
        unwrap(await core.serviceKeys.revoke(params.id, call.actor));
        return status(204, undefined);
      },
      admin({
        params: ServiceKeyParams,
        response: { 204: NoContent, ...problems("serviceKeyNotFound") },
        detail: { text: "revokeServiceKey" },
      }),
    );
}
