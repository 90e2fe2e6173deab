/**
 * The measure of a request's speed: a `Bun.serve` with nothing in it. It parses each request's JSON body and answers the
 * bytes, headers included, that waferd gave for one. Started with that answer's file, and the port to share with others like
 * it or 0; prints its port.
 */
import { readFileSync } from "node:fs";

/** An answer as it was taken from waferd. */
export interface SampleAnswer {
  body: string;
  /** Without those that Bun sets by itself. */
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
