import { SECURITY_HEADERS } from "../security-headers.ts";
import { problemResponse, Refusal } from "./problem.ts";

/** A route as Elysia lists it. */
interface Route {
  method: string;
  path: string;
}

/** Answers what no route takes: 405 where another method would be right, else 404. */
export function unknownRoute(
  routes: readonly Route[],
): (request: Request, requestId: string) => Response {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  return (request, requestId) => {
    const path = URL.parse(request.url)?.pathname ?? "";
    const methods = patterns
      .filter(({ pattern }) => pattern.test(path))
      .map(({ method }) => method);
    const refusal =
      methods.length === 0
        ? new Refusal("notFound")
        : new Refusal("methodNotAllowed", { headers: { Allow: allowed(methods) } });
    return problemResponse(refusal, requestId, SECURITY_HEADERS);
  };
}

/** `/apps/:appid` matches one segment there; a slash at the end does not matter. */
const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/\/$/, "").replace(/:[^/]+/g, "[^/]+")}/?$`);

/** HEAD comes with GET. */
const allowed = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
