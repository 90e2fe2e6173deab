/** Stands for a Host that cannot be part of a URL. The name can never exist (RFC 2606). */
const NO_HOST = "host.invalid";

/** How requests reach a server: what their URLs begin with. */
export type Scheme = "http" | "https";

/** The shortest host behind which Elysia finds the path, with its option `standardHostname` off. */
const SHORTEST_HOST: Record<Scheme, number> = { http: 1, https: 3 };

/**
 * Returns the function that makes the URL of a request independent of its Host. Elysia looks for
 * the path from a fixed place of the URL on; with a short Host, or one that makes no URL (Bun then
 * gives the bare request target), it would find another path than the client asked for. Afterwards
 * every URL can be parsed.
 *
 * @param scheme the server's own
 */
export function urlMender(scheme: Scheme): (request: Request) => void {
  const base = `${scheme}://`;
  const shortest = base.length + SHORTEST_HOST[scheme];
  /** The beginning of the last URL that needed nothing; nearly all have the same. */
  let usual: string | null = null;
  return (request) => {
    const { url } = request;
    if (usual !== null && url.startsWith(usual)) return;
    const start = pathStart(url);
    if (url.startsWith(base) && start >= shortest && URL.canParse(url)) {
      usual = url.slice(0, start + 1);
      return;
    }
    const target = url.startsWith(base) ? url.slice(start) : targetOf(url);
    Object.defineProperty(request, "url", { value: `${base}${NO_HOST}${target}` });
  };
}

/** Returns the path and the query of a request target without a host. */
function targetOf(target: string): string {
  // CONNECT names an authority, which is not a path.
  if (!target.startsWith("/")) return `/${encodeURIComponent(target)}`;
  const url = URL.parse(`http://${NO_HOST}${target}`);
  return url === null ? target : `${url.pathname}${url.search}`;
}

/** Returns the path that a request is for, without its query. */
export function pathOf({ url }: Request): string {
  const path = url.slice(pathStart(url));
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

const pathStart = (url: string): number => url.indexOf("/", url.indexOf("://") + 3);
