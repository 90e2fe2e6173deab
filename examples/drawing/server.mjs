/**
 * A small business server behind waferd's /forward-auth: a drawing app that saves each user's
 * strokes.
 *
 *   node server.mjs            listens on 127.0.0.1:3000, or on PORT
 *
 * The proxy in front (docs/proxies) passes on requests with a session only, and names the user in
 * headers. So this server knows nothing of WeChat, and must be reachable through the proxy only.
 */
import { createServer } from "node:http";

const MAX_BODY_BYTES = 1024 * 1024;

/** Strokes by openid, in memory; each is a list of points. @type {Map<string, unknown[]>} */
const drawings = new Map();

const server = createServer(async (request, response) => {
  const answer = (/** @type {number} */ status, /** @type {unknown} */ body) => {
    response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(body));
  };
  const user = userOf(request.headers);
  if (user === null)
    return answer(500, { error: "X-Wafer-Openid is missing: call this server through the proxy" });
  if (request.url !== "/strokes") return answer(404, { error: "unknown path; use /strokes" });

  if (request.method === "GET")
    return answer(200, { artist: user.name, strokes: drawings.get(user.openid) ?? [] });
  if (request.method === "PUT") {
    const strokes = await readJson(request);
    if (!Array.isArray(strokes)) return answer(400, { error: "send an array of strokes, as JSON" });
    drawings.set(user.openid, strokes);
    return answer(200, { artist: user.name, saved: strokes.length });
  }
  return answer(405, { error: "use GET or PUT" });
});

/**
 * Returns the user whom waferd names in the headers, or null.
 *
 * @param {import("node:http").IncomingHttpHeaders} headers
 */
function userOf(headers) {
  const openid = headers["x-wafer-openid"];
  if (typeof openid !== "string" || openid === "") return null;
  const userInfo = JSON.parse(decodeURIComponent(String(headers["x-wafer-user-info"] ?? "%7B%7D")));
  return { openid, name: userInfo.nickName ?? "anonymous" };
}

/**
 * Returns the body, or null if it is not JSON or too large.
 *
 * @param {import("node:http").IncomingMessage} request
 */
async function readJson(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null)
    console.log(`drawing listens on http://127.0.0.1:${address.port}`);
});
