import { isPlainPath } from "../access/key-paths.ts";

/** Logins have their own protocols, and component tokens are not hosted. */
const CLOSED = /^\/(sns|cgi-bin\/component)(\/|$)/i;
/** They reset the quotas of all callers of an app. */
const FOR_ADMINISTRATORS = /^\/cgi-bin\/clear_quota/i;

/**
 * Whether the gateway takes a path from nobody, or only from administrators
 * (docs/protocol-reference.md#gateway).
 */
export function isRefusedPath(path: string, isAdmin: boolean): boolean {
  if (!isPlainPath(path) || CLOSED.test(path)) return true;
  return !isAdmin && FOR_ADMINISTRATORS.test(path);
}
