import { Elysia } from "elysia";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards } from "../guard.ts";
import { pageOf } from "../model.ts";
import { AuditPage, AuditQuery, auditFilterOf, toAuditEntryModel } from "./model.ts";

/** Routes of the audit. */
export function auditRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "audit");
  return new Elysia({ prefix: "/audit" }).use(restContext(options)).get(
    "",
    async ({ query }) => {
      const { items, next } = unwrap(await core.audit.list(pageOf(query), auditFilterOf(query)));
      return { items: items.map(toAuditEntryModel), next };
    },
    admin({
      query: AuditQuery,
      response: { 200: AuditPage },
      detail: { text: "listChanges" },
    }),
  );
}
