import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refuse, type UpstreamAnswer, type UpstreamRequest } from "./answers.ts";
import { handleControl } from "./control.ts";
import { Faults } from "./faults.ts";
import { UPSTREAM } from "./upstream.ts";
import { isWechatPath } from "./wechat-routes.ts";
import { type SandboxOptions, SandboxWorld } from "./world.ts";

/** A running simulated WeChat (docs/architecture.md#sandbox). */
export interface Sandbox {
  /** The value of `wechat.api_base` with which waferd calls it. */
  apiBase: string;
  world: SandboxWorld;
  faults: Faults;
  /** Returns the number of calls that an endpoint has received. */
  calls(path: string): number;
  /** Returns the number of calls that an endpoint has refused for their token. */
  refusedTokens(path: string): number;
  /** Answers requests under `/sandbox/`: the mini program's side, and the controls. */
  handle(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

/** Where business servers find the simulated API: `/sandbox/api/wxa/msg_sec_check`. */
const API = "/sandbox/api/";

/** Starts the simulated WeChat on a free loopback port, over real HTTP. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const world = new SandboxWorld(options);
  const faults = new Faults();
  const calls = new Map<string, number>();
  const refusedTokens = new Map<string, number>();
  const answerUpstream = async (
    path: string,
    request: UpstreamRequest,
  ): Promise<UpstreamAnswer | "reset"> => {
    if (!isWechatPath(path)) return { status: 404, contentType: "text/html", body: "" };
    calls.set(path, (calls.get(path) ?? 0) + 1);
    const fault = faults.take(path);
    if (fault.latencyMs !== undefined) await Bun.sleep(fault.latencyMs);
    if (fault.body !== undefined)
      return { status: fault.status ?? 200, contentType: "text/plain", body: fault.body };
    if (fault.errcode !== undefined) return refuse(world, fault.errcode, fault.errmsg);
    if (fault.status !== undefined)
      return { status: fault.status, contentType: "text/html", body: "" };
    const answer = UPSTREAM[path](world, request);
    const token = request.query.get("access_token");
    if (token !== null && typeof world.hosted.ownerOf(token) === "number")
      refusedTokens.set(path, (refusedTokens.get(path) ?? 0) + 1);
    return fault.reset === true ? "reset" : answer;
  };

  const handle = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (!url.pathname.startsWith(API)) return handleControl({ world, faults, calls }, request);
    const bytes = Buffer.from(await request.arrayBuffer());
    const answer = await answerUpstream(url.pathname.slice(API.length - 1), {
      query: url.searchParams,
      contentType: request.headers.get("content-type") ?? "",
      ...{ bytes, body: bytes.toString() },
    });
    if (answer === "reset") return new Response(null, { status: 502 });
    const { status, contentType, body, headers } = answer;
    return new Response(body as Bun.BodyInit, {
      status,
      headers: { "Content-Type": contentType, ...headers },
    });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Not relative to it: a path that begins with two slashes would name another host.
    const url = new URL(`http://sandbox${request.url ?? "/"}`);
    if (url.pathname.startsWith("/sandbox/")) {
      const answer = await handle(await toRequest(request, url));
      response
        .writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "" })
        .end(Buffer.from(await answer.arrayBuffer()));
      return;
    }
    const bytes = await bodyOf(request);
    const answer = await answerUpstream(url.pathname, {
      query: url.searchParams,
      contentType: request.headers["content-type"] ?? "",
      ...{ bytes, body: bytes.toString() },
    });
    if (answer === "reset") request.socket.resetAndDestroy();
    else
      response
        .writeHead(answer.status, { "Content-Type": answer.contentType, ...answer.headers })
        .end(answer.body);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiBase: `http://127.0.0.1:${port}`,
    world,
    faults,
    calls: (path) => calls.get(path) ?? 0,
    refusedTokens: (path) => refusedTokens.get(path) ?? 0,
    handle,
    stop: () => stop(server),
  };
}

async function toRequest(request: IncomingMessage, url: URL): Promise<Request> {
  const method = request.method ?? "GET";
  const body = await bodyOf(request);
  const hasBody = method !== "GET" && method !== "HEAD";
  const headers = { "Content-Type": request.headers["content-type"] ?? "" };
  return new Request(url.href, { method, headers, ...(hasBody && { body }) });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
