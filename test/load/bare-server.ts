/**
 * The reference for the speed of a request: a bare `Bun.serve`, which parses the JSON body of each
 * POST and answers the status, body and headers of a recorded answer of waferd. Arguments: the file
 * of that answer, and the port to share with other such processes, or 0. Prints its port.
 */
import { repeatAnswer } from "./sample-answer.ts";

const [, , file = "", port = "0"] = process.argv;
const answer = repeatAnswer(file);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  async fetch(request) {
    if (request.method === "POST") await request.json();
    return answer();
  },
});
console.log(server.port);
