import { Elysia } from "elysia";
import { SECURITY_HEADERS } from "../../security-headers.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { guards } from "../guard.ts";
import { pageOf } from "../model.ts";
import { csvOf } from "./csv.ts";
import { AuditPage, AuditQuery, auditFilterOf, toAuditEntryModel } from "./model.ts";

const CSV = "text/csv";
/** The entries that are read at a time for CSV. */
const CSV_PAGE = 200;

/** Routes of the audit. */
export function auditRoutes(options: RestOptions) {
  const { core } = options;
  const { admin } = guards(core, "audit");
  return new Elysia({ prefix: "/audit" }).use(restContext(options)).get(
    "",
    async ({ query, request, call }) => {
      const filter = auditFilterOf(query);
      if (!wantsCsv(query.format, request)) {
        const { items, next } = unwrap(await core.audit.list(pageOf(query), filter));
        return { items: items.map(toAuditEntryModel), next };
      }
      const read = (cursor?: string) =>
        core.audit.list({ limit: CSV_PAGE, ...(cursor !== undefined && { cursor }) }, filter);
      const csv = csvOf(unwrap(await read(query.cursor)), read);
      // Clients' types come from the routes, and must not widen to any response.
      return new Response(csv, {
        headers: {
          ...SECURITY_HEADERS,
          "Content-Type": `${CSV}; charset=utf-8; header=present`,
          "Content-Disposition": 'attachment; filename="waferd-audit.csv"',
          "X-Request-Id": call.requestId,
        },
      }) as never;
    },
    admin({
      query: AuditQuery,
      response: { 200: AuditPage },
      detail: { text: "listChanges", alsoGives: [CSV] },
    }),
  );
}

const wantsCsv = (format: "json" | "csv" | undefined, { headers }: Request): boolean =>
  format === undefined ? headers.get("accept")?.includes(CSV) === true : format === "csv";
