import { request as send } from "node:http";
import type { Sandbox } from "./sandbox.ts";

/** The part of a sandbox that a service needs. */
export type SandboxLink = Pick<Sandbox, "apiBase" | "handle">;

/** Returns the sandbox of another process, so that all workers share one world. */
export const remoteSandbox = (apiBase: string): SandboxLink => ({
  apiBase,
  handle: (request) => forward(apiBase, request),
});

/**
 * Forwards a request. Does not use fetch, which obeys the proxy variables even for this machine.
 */
async function forward(apiBase: string, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const type = request.headers.get("content-type") ?? "";
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  send(
    `${apiBase}${pathname}${search}`,
    {
      ...{ method: request.method, agent: false },
      headers: { "Content-Length": body.length, "Content-Type": type },
    },
    async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      const type = answer.headers["content-type"] ?? "application/json";
      resolve(
        new Response(Buffer.concat(chunks), {
          status: answer.statusCode ?? 502,
          headers: { "Content-Type": type },
        }),
      );
    },
  )
    .on("error", reject)
    .end(body);
  return promise;
}
