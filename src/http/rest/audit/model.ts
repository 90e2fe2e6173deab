import { Type } from "@sinclair/typebox";
import {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditEntry,
  type AuditFilter,
} from "../../../core/access/audit.ts";
import { nullable, oneOf, PageModel, PageQuery, strict, Timestamp, timestamp } from "../model.ts";

export const AuditEntryModel = strict(
  {
    at: Timestamp,
    by: Type.String({
      description:
        "`admin`, `local` (the command line on the server's machine), `key:` and a service key's id, `trusted-network`, `first-app`, or `sandbox`",
    }),
    action: oneOf(AUDIT_ACTIONS),
    target: Type.String({ description: "the changed thing, such as an appid" }),
    changed: Type.Array(Type.String(), {
      description: "the members that were set, without their values",
    }),
    requestId: nullable(Type.String()),
    address: nullable(Type.String(), {
      description:
        "the client's address; null for `local`, and in entries of versions before it was kept",
    }),
  },
  {
    $id: "AuditEntry",
    examples: [
      {
        at: "2026-11-20T08:00:00.000Z",
        by: "admin",
        action: "app.updated",
        target: "wx0000000000000de0",
        changed: ["title", "secret"],
        requestId: "0f3a9c27d1e5-1a",
        address: "203.0.113.7",
      },
    ],
  },
);

const Text = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 300, description, examples: [example] });

export const AuditQuery = strict({
  by: Type.Optional(Text("who: the `by` of entries, or a service key's id", "admin")),
  action: Type.Optional(oneOf(AUDIT_ACTIONS, { description: "the kind of change" })),
  target: Type.Optional(
    Text(
      "the changed thing, or an appid or corpid whose parts are meant too",
      "wx0000000000000de0",
    ),
  ),
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  format: Type.Optional(
    oneOf(["json", "csv"], {
      description: "csv, or Accept: text/csv, for all entries that fit, as RFC 4180 has it",
    }),
  ),
  ...PageQuery,
});

interface FilterQuery {
  by?: string;
  action?: AuditAction;
  target?: string;
  since?: string;
  until?: string;
}

/** Returns the filter of a query. */
export const auditFilterOf = ({ by, action, target, since, until }: FilterQuery): AuditFilter => ({
  ...(by !== undefined && { by }),
  ...(action !== undefined && { action }),
  ...(target !== undefined && { target }),
  ...(since !== undefined && { since: Date.parse(since) }),
  ...(until !== undefined && { until: Date.parse(until) }),
});

export const AuditPage = PageModel("AuditEntry", AuditEntryModel);

export const toAuditEntryModel = ({
  at,
  by,
  action,
  target,
  changed,
  requestId,
  address,
}: AuditEntry) => ({
  ...{ by, action, target, changed: [...changed], requestId, address },
  at: timestamp(at),
});
