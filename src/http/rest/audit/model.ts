import { Type } from "@sinclair/typebox";
import { AUDIT_ACTIONS, type AuditEntry } from "../../../core/access/audit.ts";
import { nullable, oneOf, PageModel, strict, Timestamp, timestamp } from "../model.ts";

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
      },
    ],
  },
);

export const AuditPage = PageModel("AuditEntry", AuditEntryModel);

export const toAuditEntryModel = ({ at, by, action, target, changed, requestId }: AuditEntry) => ({
  ...{ by, action, target, changed: [...changed], requestId },
  at: timestamp(at),
});
