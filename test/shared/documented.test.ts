/** Answers of every route while a store or WeChat fails, held against the document. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { WECHAT_ROUTES } from "../../src/sandbox/wechat-routes.ts";
import { DEMO_AGENT, DEMO_APP } from "../../src/sandbox/world.ts";
import { Api, type Operation } from "../harness/api.ts";
import { RedisServer } from "../harness/redis.ts";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

setDefaultTimeout(60_000);

interface Known {
  parameters: Readonly<Record<string, string>>;
  /** Members of bodies whose examples are of no use. */
  members: Readonly<Record<string, string>>;
}

/** Makes a request of an operation from its examples and from what is known. */
function requestOf(api: Api, { path, parameters, body }: Operation, known: Known) {
  let url = path;
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const { name, in: place, example, required } of parameters) {
    const value = String(known.parameters[name] ?? example ?? "x");
    if (place === "path") url = url.replace(`{${name}}`, encodeURIComponent(value));
    else if (place === "header") headers[name] = value;
    else if (required) query.set(name, value);
  }
  if (body === null) return { url: `${url}?${query}`, request: { headers } };
  const example = { ...(api.document.resolve(body).examples[0] as Record<string, unknown>) };
  for (const [name, value] of Object.entries(known.members))
    if (name in example) example[name] = value;
  return { url: `${url}?${query}`, request: { headers, body: example } };
}

interface Outage {
  what: string;
  /** The code of one of the answers. */
  code: string;
  begin: (redis: RedisServer, api: Api) => unknown;
}

/** Has every endpoint of WeChat answer with this fault. */
const atWechat = (fault: object) => async (_redis: RedisServer, api: Api) => {
  for (const path of Object.keys(WECHAT_ROUTES))
    expect((await api.send("PUT", `/sandbox/faults${path}`, { body: fault })).status).toBe(200);
};

const OUTAGES: Outage[] = [
  {
    what: "the store refuses writes",
    code: "sessionNotSaved",
    // Nothing listens there, so that it goes on with the data that it has.
    begin: (redis) => redis.cli("REPLICAOF", "127.0.0.1", "1"),
  },
  {
    what: "the store is away",
    code: "storeFailed",
    begin: ({ pid }) => process.kill(pid, "SIGKILL"),
  },
  {
    what: "WeChat is busy",
    code: "wechatAnswerWrong",
    begin: atWechat({ errcode: -1 }),
  },
  {
    what: "WeChat breaks off",
    code: "wechatUnreachable",
    begin: atWechat({ reset: true }),
  },
  {
    what: "WeChat refuses everything",
    code: "tokenRefused",
    begin: atWechat({ errcode: 48001 }),
  },
  {
    what: "WeChat does not answer in JSON",
    code: "wechatAnswerWrong",
    begin: atWechat({ body: "<html>" }),
  },
];

test.each(OUTAGES)("every route answers as described while $what", async ({ code, begin }) => {
  await using redis = await RedisServer.start();
  await using waferd = await Waferd.start({
    args: ["--sandbox", "--store", `redis://127.0.0.1:${redis.port}/0`],
  });
  const api = await Api.of(waferd);
  const codeOf = async (user: string) =>
    (await api.send("GET", `/sandbox/login?user=${user}`)).body.code;
  const login = await api.call("POST", "/sessions", { body: { code: await codeOf("alice") } });
  const { id, skey, openid } = login.body;
  noteSecret(skey);
  const known: Known = {
    parameters: { ...DEMO_APP, ...DEMO_AGENT, id, openid, kind: "access-token", "if-match": "*" },
    members: { skey, code: await codeOf("bob") },
  };

  await begin(redis, api);
  const codes: string[] = [];
  // The others need what DELETE removes.
  const last = ({ method }: Operation) => Number(method === "DELETE");
  for (const operation of api.document.operations.toSorted((a, b) => last(a) - last(b))) {
    if (!operation.path.startsWith("/api/")) continue;
    const { url, request } = requestOf(api, operation, known);
    const answer = await api.send(operation.method, url, { key: waferd.adminKey, ...request });
    expect(api.document.undescribed(operation, answer)).toBeNull();
    if (answer.status >= 500) codes.push(answer.body.code);
  }
  expect(codes).toContain(code);
});
