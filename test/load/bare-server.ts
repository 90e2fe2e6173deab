/**
 * The measure of a check's speed: a `Bun.serve` with nothing in it. It parses each request's JSON body and answers the
 * bytes, headers included, that waferd gave for one check. Started with that answer's file; prints its port.
 */
import { readFileSync } from "node:fs";

/** An answer as `test/load/verify.ts` took it from waferd. */
export interface SampleAnswer {
  body: string;
  /** Without those that Bun sets by itself. */
  headers: Record<string, string>;
}

const { body, headers: members }: SampleAnswer = JSON.parse(readFileSync(process.argv[2] as string, "utf8"));
const headers = new Headers(members);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  async fetch(request) {
    await request.json();
    return new Response(body, { headers });
  },
});
console.log(server.port);
