/**
 * The reference for the speed of a request: a bare `Bun.serve`, which parses the JSON body of each
 * POST and answers the status, body and headers of a recorded answer of waferd. Arguments: the file
 * of that answer, and the port to share with other such processes, or 0. Prints its port.
 */
import { readFileSync } from "node:fs";

/** A recorded answer of waferd. */
export interface SampleAnswer {
  status: number;
  body: string;
  /** Headers without those that Bun sets. */
  headers: Record<string, string>;
}

const [, , file = "", port = "0"] = process.argv;
const { status, body, headers: members }: SampleAnswer = JSON.parse(readFileSync(file, "utf8"));
const headers = new Headers(members);
const content = status === 204 ? null : body;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  async fetch(request) {
    if (request.method === "POST") await request.json();
    return new Response(content, { status, headers });
  },
});
console.log(server.port);
