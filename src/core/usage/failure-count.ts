import type { ErrorCode } from "../errors.ts";

/** The operations whose failures are counted, in every protocol. */
export const WATCHED_OPERATIONS = ["login", "verification"] as const;

export type WatchedOperation = (typeof WATCHED_OPERATIONS)[number];

/** A way in which an operation fails. */
export interface FailureCause {
  operation: WatchedOperation;
  /** The failure's code, of the version that counted it. */
  code: string;
}

/** How often one operation failed for one reason, in all apps together. */
export interface FailureCount extends FailureCause {
  /** In the last 31 days. */
  count: number;
  today: number;
}

/** Returns the name under which failures are counted. */
export const failureName = (operation: WatchedOperation, code: ErrorCode): string =>
  `failed ${operation} ${code}`;

/** Reads what {@link failureName} made; null for a name of another kind. */
export function parseFailureName(name: string): FailureCause | null {
  const [word, of, code = ""] = name.split(" ");
  const operation = WATCHED_OPERATIONS.find((one) => one === of);
  return word !== "failed" || operation === undefined ? null : { operation, code };
}
