/**
 * A server that does the dearest parts of a login and nothing else: it parses the JSON body of each
 * POST, asks WeChat about the code with waferd's own client, and issues the session in a store if
 * there is one; then it answers a recorded answer of waferd. Arguments: the file of that answer,
 * the address of WeChat, the data folder or "", and the port to share with other such processes, or
 * 0. Prints its port.
 */
import { randomBytes } from "node:crypto";
import { Failure } from "../../src/core/errors.ts";
import { UpstreamHttp } from "../../src/wechat/http.ts";
import { jscode2session } from "../../src/wechat/mini-program.ts";
import { repeatAnswer } from "./sample-answer.ts";
import { APP, openPlace } from "./stored-sessions.ts";

const [, , file = "", apiBase = "", dataDir = "", port = "0"] = process.argv;
const answer = repeatAnswer(file);
const http = new UpstreamHttp({ connectTimeoutSeconds: 3, timeoutSeconds: 10, connections: 128 });
const store = dataDir === "" ? null : await openPlace({ address: "", dataDir });
const SESSION_MS = 2_592_000_000;

interface LoginBody {
  interface: { para: { code: string } };
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  reusePort: true,
  development: false,
  async fetch(request) {
    const { code } = ((await request.json()) as LoginBody).interface.para;
    const exchange = await jscode2session(http, apiBase, APP.appid, APP.secret, code);
    if (exchange instanceof Failure) return new Response(null, { status: 502 });
    const now = Date.now();
    await store?.sessions.issue({
      ...exchange,
      ...{ appid: APP.appid, id: randomBytes(16).toString("hex"), profile: null },
      ...{ skey: randomBytes(32).toString("hex"), loginAt: now, expiresAt: now + SESSION_MS },
      sessionsPerUser: 1,
    });
    return answer();
  },
});
console.log(server.port);
