import type { ErrorCode } from "../errors.ts";

/** The operations whose failures are counted, in every protocol. */
export const WATCHED_OPERATIONS = ["login", "verification"] as const;

export type WatchedOperation = (typeof WATCHED_OPERATIONS)[number];

/** How often one operation failed for one reason, in all apps together. */
export interface FailureCount {
  operation: WatchedOperation;
  /** The failure's code, of the version that counted it. */
  code: string;
  /** In the last 31 days. */
  count: number;
  today: number;
}

/** Returns the endpoint under which the table of calls keeps the count of a failure. */
export const failureEndpoint = (operation: WatchedOperation, code: ErrorCode): string =>
  `failed ${operation} ${code}`;

/** Reads what {@link failureEndpoint} wrote; null for an endpoint of another kind. */
export function parseFailureEndpoint(
  endpoint: string,
): Pick<FailureCount, "operation" | "code"> | null {
  const [word, name, code = ""] = endpoint.split(" ");
  const operation = WATCHED_OPERATIONS.find((one) => one === name);
  return word !== "failed" || operation === undefined ? null : { operation, code };
}
