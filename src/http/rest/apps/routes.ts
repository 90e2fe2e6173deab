import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import type { App } from "../../../core/apps/app.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, NoContent, problems } from "../guard.ts";
import { IdempotencyHeaders, once } from "../idempotency.ts";
import { AppParams, PageQuery, pageOf, strict } from "../model.ts";
import { Refusal } from "../problem.ts";
import {
  AppCandidate,
  AppChange,
  AppCheckModel,
  AppModel,
  AppPage,
  NewAppModel,
  toAppModel,
  toSettings,
} from "./model.ts";

const IfMatch = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      description: "the ETag of the app as you read it, or * to change any revision",
      examples: ["*"],
    }),
  ),
});

const etagOf = ({ revision }: App): string => `"${revision}"`;

/** Returns the revision that If-Match names; null for any. */
function revisionOf(ifMatch: string | undefined): number | null {
  if (ifMatch === undefined) throw new Refusal("ifMatchRequired");
  if (ifMatch.trim() === "*") return null;
  const revision = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(ifMatch)?.[1];
  if (revision !== undefined) return Number(revision);
  const detail = 'must be an ETag as it was given, such as "1", quotes and all, or *';
  throw new Refusal("badParameter", { errors: [{ in: "header", pointer: "/if-match", detail }] });
}

/** Routes of the apps. */
export function appRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "apps");
  return new Elysia({ prefix: "/apps" })
    .use(restContext(options))
    .get(
      "",
      async ({ query }) => {
        const { items, next } = unwrap(await core.apps.list(pageOf(query)));
        return { items: items.map(toAppModel), next };
      },
      admin({
        query: strict(PageQuery),
        response: { 200: AppPage },
        detail: { text: "listApps" },
      }),
    )
    .post(
      "",
      async (context) => {
        const { body, call, set, status } = context;
        const { app, etag } = await once({ ...context, core }, async () => {
          const { appid, secret, ...settings } = body;
          const app = unwrap(
            await core.apps.register({ ...settings, appid, appSecret: secret }, call.actor),
          );
          return { app: toAppModel(app), etag: etagOf(app) };
        });
        set.headers["etag"] = etag;
        set.headers["location"] = `/api/v1/apps/${encodeURIComponent(app.appid)}`;
        return status(201, app);
      },
      admin({
        body: NewAppModel,
        headers: IdempotencyHeaders,
        response: {
          201: AppModel,
          ...problems("appExists", "appNotSaved", "idempotencyKeyReused", "idempotencyKeyInUse"),
        },
        detail: { text: "registerApp", answerHeaders: ["ETag", "Location"] },
      }),
    )
    .post(
      "/check",
      async ({ body: { appid, secret } }) =>
        unwrap(await core.appChecker.check({ appid, appSecret: secret })),
      admin({
        body: AppCandidate,
        response: { 200: AppCheckModel },
        detail: { text: "checkApp" },
      }),
    )
    .get(
      "/:appid",
      async ({ params, set }) => {
        const app = unwrap(await core.apps.find(params.appid));
        set.headers["etag"] = etagOf(app);
        return toAppModel(app);
      },
      admin({
        params: AppParams,
        response: { 200: AppModel, ...problems("appNotFound") },
        detail: { text: "readApp", answerHeaders: ["ETag"] },
      }),
    )
    .patch(
      "/:appid",
      async ({ params, body, headers, call, set }) => {
        const revision = revisionOf(headers["if-match"]);
        const app = unwrap(
          await core.apps.update(params.appid, toSettings(body), call.actor, revision),
        );
        set.headers["etag"] = etagOf(app);
        return toAppModel(app);
      },
      admin({
        params: AppParams,
        headers: IfMatch,
        body: AppChange,
        response: {
          200: AppModel,
          ...problems("appNotFound", "appChanged", "ifMatchRequired", "appNotSaved"),
        },
        detail: { text: "changeApp", answerHeaders: ["ETag"] },
      }),
    )
    .delete(
      "/:appid",
      async ({ params, headers, call, status }) => {
        const revision = revisionOf(headers["if-match"] ?? "*");
        unwrap(await core.apps.remove(params.appid, call.actor, revision));
        return status(204, undefined);
      },
      admin({
        params: AppParams,
        headers: IfMatch,
        response: { 204: NoContent, ...problems("appNotFound", "appChanged", "appNotSaved") },
        detail: { text: "deleteApp" },
      }),
    );
}
