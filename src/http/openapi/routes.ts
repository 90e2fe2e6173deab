import { type AnyElysia, Elysia } from "elysia";
import favicon from "swagger-ui-dist/favicon-32x32.png" with { type: "file" };
import css from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import bundle from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { excerpt } from "../../core/excerpt.ts";
import {
  isLanguage,
  type Language,
  languages,
  preferredLanguage,
} from "../../messages/messages.ts";
import type { Plain } from "../plain-route.ts";
import { problem } from "../problem.ts";
import { type DocumentOptions, openApiDocument } from "./document.ts";
import { PAGE, PAGE_STYLE, START_SCRIPT } from "./page.ts";

/** Everything of the page is ours, and it talks to us alone. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

interface Asset {
  type: string;
  load: () => Promise<Uint8Array<ArrayBuffer>>;
}

const text = (type: string, content: string): Asset => ({
  type: `${type}; charset=utf-8`,
  load: async () => new TextEncoder().encode(content),
});
const file = (type: string, path: string): Asset => ({
  type,
  load: () => Bun.file(path).bytes(),
});

/** The page's files, all from inside the executable, by path. */
const ASSETS: Readonly<Record<string, Asset>> = {
  "/docs": text("text/html", PAGE),
  "/docs/start.js": text("text/javascript", START_SCRIPT),
  "/docs/page.css": text("text/css", PAGE_STYLE),
  "/docs/swagger-ui.css": file("text/css; charset=utf-8", css),
  "/docs/swagger-ui-bundle.js": file("text/javascript; charset=utf-8", bundle),
  "/docs/favicon-32x32.png": file("image/png", favicon),
};

export interface DocsOptions extends DocumentOptions {
  /** The routes that the document is about. */
  routes: AnyElysia;
  plain: Plain;
}

/**
 * Serves the OpenAPI document at /openapi.json, in the language of `?lang=` or Accept-Language, and
 * Swagger UI at /docs.
 */
export function docsRoutes({ plain, routes, ...options }: DocsOptions) {
  const app = new Elysia();
  const documents = new Map<Language, Promise<string>>();
  app.get(
    "/openapi.json",
    plain(async ({ url, headers }) => {
      const asked = new URL(url).searchParams.get("lang");
      const language = asked ?? preferredLanguage(headers.get("accept-language"));
      if (!isLanguage(language)) return unknownLanguage(language);
      const document = documents.get(language) ?? openApiDocument(routes, language, options);
      documents.set(language, document);
      return new Response(await document, {
        headers: {
          "Content-Type": "application/json; charset=utf-8",
          "Content-Language": language,
          Vary: "Accept-Language, Origin",
        },
      });
    }),
  );
  for (const [path, asset] of Object.entries(ASSETS)) app.get(path, plain(serve(asset)));
  return app;
}

const unknownLanguage = (language: string): Response =>
  problem(
    400,
    "Bad Request",
    `lang is ${excerpt(language)}: it has to be ${languages.join(" or ")}`,
  );

/**
 * Gives an asset, compressed where the browser takes it; both forms are kept once they were asked
 * for.
 */
function serve({ type, load }: Asset): (request: Request) => Promise<Response> {
  let raw: Promise<Uint8Array<ArrayBuffer>> | null = null;
  let zipped: Promise<Uint8Array<ArrayBuffer>> | null = null;
  return async (request) => {
    const headers = {
      "Content-Type": type,
      "Content-Security-Policy": PAGE_POLICY,
      "Cache-Control": "no-cache",
      Vary: "Accept-Encoding, Origin",
    };
    raw ??= load();
    if (!/\bgzip\b/.test(request.headers.get("accept-encoding") ?? ""))
      return new Response(await raw, { headers });
    zipped ??= raw.then((bytes) => Bun.gzipSync(bytes));
    return new Response(await zipped, { headers: { ...headers, "Content-Encoding": "gzip" } });
  };
}
