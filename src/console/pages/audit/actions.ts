import type { api } from "../../client/api.ts";
import type { ConsoleText } from "../../text/en.ts";

type AuditQueryOfApi = NonNullable<NonNullable<Parameters<typeof api.audit.get>[0]>["query"]>;

/** A kind of change. */
export type AuditActionName = NonNullable<AuditQueryOfApi["action"]>;

/** Tells whether a text is a kind of change: the texts have each. */
export const isAuditAction = (text: string | null, t: ConsoleText): text is AuditActionName =>
  text !== null && Object.hasOwn(t.audit.actions, text);
