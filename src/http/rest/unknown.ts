import { pathOf } from "../request-url.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { problemResponse, Refusal } from "./problem.ts";

/** A route in Elysia's list. */
interface Route {
  method: string;
  path: string;
}

/** Returns the answer for unknown routes: 405 when the path has other methods, else 404. */
export function unknownRoute(
  routes: readonly Route[],
): (request: Request, requestId: string) => Response {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  return (request, requestId) => {
    const path = pathOf(request);
    const methods = patterns
      .filter(({ pattern }) => pattern.test(path))
      .map(({ method }) => method);
    const refusal =
      methods.length === 0
        ? new Refusal("notFound")
        : new Refusal("methodNotAllowed", { headers: { Allow: allowed(methods) } });
    return problemResponse(refusal, {
      requestId,
      standing: SECURITY_HEADERS,
      isKnown: false,
    });
  };
}

/**
 * Returns the pattern of a path. `:appid` matches one segment; a trailing slash does not matter.
 */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/\/$/, "").replace(/:[^/]+/g, "[^/]+")}/?$`);

/** Lists the methods of a path; GET includes HEAD. */
const allowed = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
