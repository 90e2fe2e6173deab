/**
 * The reference for the speed of a request: a bare `Bun.serve`, which parses the JSON body of each
 * request and answers the body and headers of a recorded answer of waferd. Arguments: the file of
 * that answer, and the port to share with other such processes, or 0. Prints its port.
 */
import { readFileSync } from "node:fs";

/** A recorded answer of waferd. */
export interface SampleAnswer {
  body: string;
  /** Headers without those that Bun sets. */
  headers: Record<string, string>;
}

const [, , file = "", port = "0"] = process.argv;
const { body, headers: members }: SampleAnswer = JSON.parse(readFileSync(file, "utf8"));
const headers = new Headers(members);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  async fetch(request) {
    await request.json();
    return new Response(body, { headers });
  },
});
console.log(server.port);
