/**
 * The console's own build before a running waferd: sessions by cookie, static files, and the rest
 * passed on.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Waferd } from "../harness/waferd.ts";

const ENTRY = join(import.meta.dir, "../../src/console/main.tsx");

const POLICY = [
  "default-src 'none'",
  ...["script", "style", "font", "connect"].map((kind) => `${kind}-src 'self'`),
  ...["img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join("; ");

/** The files of a build by name, with the page that loads them. */
async function build(): Promise<Map<string, Blob>> {
  const { outputs } = await Bun.build({
    entrypoints: [ENTRY],
    target: "browser",
    minify: true,
    splitting: true,
    define: { "process.env.NODE_ENV": '"production"' },
    naming: { entry: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]" },
  });
  const files = new Map<string, Blob>();
  for (const output of outputs) files.set(output.path.split("/").at(-1) ?? "", output);
  const names = [...files.keys()];
  const script = outputs
    .find(({ kind }) => kind === "entry-point")
    ?.path.split("/")
    .at(-1);
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>waferd</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/console/${names.find((name) => name.endsWith(".css"))}">
<script type="module" src="/console/${script}"></script>
<div id="console"></div>
</html>`;
  return files.set("", new Blob([page], { type: "text/html; charset=utf-8" }));
}

let built: Promise<Map<string, Blob>> | undefined;

const problem = (status: number, code: string): Response =>
  Response.json({ title: code, status, code, requestId: "of-the-test" }, { status });

/** A waferd with a console; `await using` ends both. */
export class ConsoleServer implements AsyncDisposable {
  readonly waferd: Waferd;
  readonly #files: Map<string, Blob>;
  readonly #sessions = new Set<string>();
  #server: Bun.Server<undefined>;

  private constructor(waferd: Waferd, files: Map<string, Blob>) {
    this.waferd = waferd;
    this.#files = files;
    this.#server = this.#listen(0);
  }

  static async start({ args = ["--sandbox"] }: { args?: string[] } = {}): Promise<ConsoleServer> {
    built ??= build();
    return new ConsoleServer(await Waferd.start({ args }), await built);
  }

  get url(): string {
    return this.#server.url.origin;
  }

  /** Forgets all sessions, as their expiry does. */
  expireSessions(): void {
    this.#sessions.clear();
  }

  /** Stops to listen, and cuts all connections. */
  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  /** Listens again at the same address. */
  return(): void {
    this.#server = this.#listen(Number(this.#server.url.port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.waferd[Symbol.asyncDispose]();
  }

  #listen(port: number): Bun.Server<undefined> {
    return Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const id = /session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1] ?? "";
    if (pathname === "/console/session") return this.#session(request, id);
    if (!pathname.startsWith("/console")) return this.#passOn(request, this.#sessions.has(id));
    const file = this.#files.get(pathname.slice("/console/".length));
    return new Response(file ?? this.#files.get(""), {
      headers: { "Content-Security-Policy": POLICY },
    });
  }

  async #session(request: Request, id: string): Promise<Response> {
    if (request.method === "GET")
      return this.#sessions.has(id) ? Response.json({}) : problem(401, "keyRequired");
    if (request.method === "DELETE") {
      this.#sessions.delete(id);
      return new Response(null, { status: 204 });
    }
    const { key } = (await request.json()) as { key: string };
    if (key !== this.waferd.adminKey) return problem(401, "keyRequired");
    const made = randomBytes(16).toString("hex");
    this.#sessions.add(made);
    const cookie = `session=${made}; HttpOnly; SameSite=Strict; Path=/`;
    return new Response(null, { status: 204, headers: { "Set-Cookie": cookie } });
  }

  async #passOn(request: Request, isSignedIn: boolean): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    for (const name of ["cookie", "host", "origin"]) headers.delete(name);
    if (isSignedIn) headers.set("authorization", `Bearer ${this.waferd.adminKey}`);
    return fetch(this.waferd.url + pathname + search, {
      method: request.method,
      headers,
      body: request.method === "GET" ? null : await request.arrayBuffer(),
      signal: request.signal,
    });
  }
}
