import { Elysia } from "elysia";
import { excerpt } from "../../core/excerpt.ts";
import type { EnvelopeHandler } from "../envelope/routes.ts";
import type { Answer, Plain } from "../plain-route.ts";
import { problem } from "../problem.ts";
import { pathOf } from "../request-url.ts";
import { zippedFile } from "./files.ts";

/** Where the console's pages are. */
const BASE = "/console/";
/** The file that every page of the console begins with. */
const PAGE = "index.html";

/** Everything of the pages is ours, and they talk to us alone. The empty icon is a data URL. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The types of the files, which have all their hash in their names but for the page. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/** A name's hash changes with the content, so that nobody has to ask again. */
const FOREVER = "public, max-age=31536000, immutable";

export interface ConsoleOptions {
  plain: Plain;
  /** The handlers of the envelope by path; the one of `/` answers those that want no page. */
  envelope: ReadonlyMap<string, EnvelopeHandler>;
}

/**
 * Serves the console's pages below /console/ from files inside the executable, and leads browsers
 * from / there.
 */
export function consoleRoutes({ plain, envelope }: ConsoleOptions) {
  const app = new Elysia({ name: "console" });
  const lead = plain(() => leadTo(BASE));
  const handleRoot = envelope.get("/");
  app.get("/", (context) =>
    wantsPage(context.request) || handleRoot === undefined
      ? lead(context)
      : handleRoot(context.request),
  );
  // Elysia takes a path with and without a slash at its end for one.
  const page = plain(fileAnswer);
  app.get("/console", (context) =>
    pathOf(context.request) === BASE ? page(context) : lead(context),
  );
  app.get("/console/*", page);
  return app;
}

/** Returns whether a browser asks for a page to show. */
const wantsPage = (request: Request): boolean =>
  /\btext\/html\b/i.test(request.headers.get("accept") ?? "");

const leadTo = (location: string): Answer => ({
  response: new Response(null, {
    status: 302,
    headers: { Location: location, Vary: "Accept, Origin" },
  }),
  quiet: true,
});

/**
 * Answers with a file, or with the page where the path names none: the page shows what the path
 * means.
 */
async function fileAnswer(request: Request): Promise<Response | Answer> {
  const rest = pathOf(request).slice(BASE.length);
  const name = rest.slice(rest.lastIndexOf("/") + 1);
  const isFile = name.includes(".");
  // The page has no hash in its name, and its address is that of each page.
  const path = isFile && (rest !== name || name === PAGE) ? null : zippedFile(isFile ? name : PAGE);
  const type = TYPES[(isFile ? name : PAGE).split(".").at(-1) ?? ""];
  if (path === null || type === undefined)
    return problem(404, "Not Found", `the console has no file ${excerpt(rest)}`);
  return { response: await answer(request, path, type, isFile), quiet: true };
}

async function answer(
  request: Request,
  path: string,
  type: string,
  isHashed: boolean,
): Promise<Response> {
  const zipped = await Bun.file(path).bytes();
  const isZipped = /\bgzip\b/i.test(request.headers.get("accept-encoding") ?? "");
  // Weak, because both forms have the same one.
  const etag = `W/"${Bun.hash(zipped).toString(36)}"`;
  const headers = {
    "Cache-Control": isHashed ? FOREVER : "no-cache",
    ETag: etag,
    Vary: "Accept-Encoding, Origin",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
  return new Response(isZipped ? zipped : Bun.gunzipSync(zipped), {
    headers: {
      ...headers,
      "Content-Type": type,
      ...(isZipped && { "Content-Encoding": "gzip" }),
    },
  });
}

/** Returns whether the client has this version already. */
const isKnown = (request: Request, etag: string): boolean =>
  (request.headers.get("if-none-match") ?? "")
    .split(",")
    .some((known) => known.trim() === etag || known.trim() === "*");
