import type { ErrorCode } from "../core/errors.ts";

/**
 * An answered request, for the metrics. Its texts come from closed lists, never from a client.
 */
export interface AnsweredRequest {
  protocol: "envelope" | "rest" | "mina" | "weapp" | "forward-auth" | "gateway" | "other";
  /**
   * The interfaceName, or method and route of the API, or the route; `other` where nothing of that
   * name is.
   */
  operation: string;
  /**
   * The envelope's returnCode; the API's status; elsewhere `ok`, the failure's code, or a status.
   */
  code: string | number;
  failure: ErrorCode | null;
  durationMs: number;
}

export type Observe = (answered: AnsweredRequest) => void;

const PROTOCOLS: Readonly<Record<string, AnsweredRequest["protocol"]>> = {
  "/mina/login": "mina",
  "/mina/auth": "mina",
  "/weapp-session": "weapp",
  "/forward-auth": "forward-auth",
  "/api/*": "rest",
};

/** Returns how a request to a route outside of envelope and API is counted. */
export function plainOperation(route: string): Pick<AnsweredRequest, "protocol" | "operation"> {
  return {
    protocol: PROTOCOLS[route] ?? "other",
    operation: route.endsWith("/*") ? "other" : route,
  };
}
