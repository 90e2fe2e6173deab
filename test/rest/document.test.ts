/** The OpenAPI document of the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { capabilityNames } from "../../src/core/access/service-key.ts";
import { credentialKinds, kindName } from "../../src/core/credentials/kinds.ts";
import { ServerLog } from "../../src/core/logs/server-log.ts";
import { Followers } from "../../src/http/rest/followers.ts";
import { restRoutes } from "../../src/http/rest/routes.ts";
import { DEMO_APP } from "../../src/sandbox/world.ts";
import { Api, type Operation } from "../harness/api.ts";
import { backupsElsewhere, checksOfNothing } from "../harness/backups.ts";
import { openScenario } from "../harness/scenario.ts";
import { silentLog } from "../harness/silent-log.ts";
import { Waferd } from "../harness/waferd.ts";

let waferd: Waferd;
let api: Api;
beforeAll(async () => {
  waferd = await Waferd.start({ args: ["--sandbox"] });
  api = await Api.of(waferd);
});
afterAll(() => waferd[Symbol.asyncDispose]());

test("the document passes a validator of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(api.document.document);
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
});

test("the document's references exist, and every component is used", () => {
  const text = JSON.stringify(api.document.document);
  const references = new Set(
    [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference),
  );
  for (const reference of references)
    expect(api.document.resolve({ $ref: reference }), reference).toBeDefined();
  const { schemas, responses, headers } = api.document.document.components;
  for (const [kind, named] of Object.entries({ schemas, responses, headers }))
    for (const name of Object.keys(named as object))
      expect(references.has(`#/components/${kind}/${name}`), `${kind}/${name}`).toBe(true);
});

/** Yields every place of a document that holds examples, with their schema. */
function* examples(
  value: unknown,
  path = "",
): Generator<[path: string, schema: object, example: unknown]> {
  if (typeof value !== "object" || value === null) return;
  const { schema, examples: several, example, ...rest } = value as Record<string, unknown>;
  const own = (schema ?? rest) as object;
  if (example !== undefined) yield [`${path}/example`, own, example];
  if (Array.isArray(several)) for (const one of several) yield [`${path}/examples`, own, one];
  else if (several !== undefined)
    for (const [name, { value: one }] of Object.entries(
      several as Record<string, { value: unknown }>,
    ))
      yield [`${path}/examples/${name}`, own, one];
  for (const [name, member] of Object.entries({ ...rest, schema }))
    yield* examples(member, `${path}/${name}`);
}

test("every example is valid by its own schema", () => {
  const found = [...examples(api.document.document)];
  expect(found.length).toBeGreaterThan(100);
  for (const [path, schema, example] of found)
    expect(`${path}: ${api.document.problem(schema, example)}`).toBe(`${path}: null`);
});

test("every body of a request and of a successful answer has an example", () => {
  for (const { name, body, responses } of api.document.operations) {
    if (name.endsWith(" /") || name.includes("/sandbox/")) continue;
    if (body !== null) expect(api.document.resolve(body).examples, name).not.toBeEmpty();
    for (const [status, { content }] of Object.entries(responses))
      if (content?.["application/json"])
        expect(content["application/json"].example, `${name} ${status}`).toBeDefined();
  }
});

test("the document has every route of the API, and no other", async () => {
  await using scenario = await openScenario();
  const serverLog = new ServerLog(async () => []);
  const options = {
    core: scenario.core,
    log: silentLog,
    requestId: () => "r",
    peerOf: () => ({ address: null, client: null, isProxied: false }),
    trustedNetworks: new BlockList(),
    observe: null,
    serverLog,
    backups: backupsElsewhere(scenario),
    storeChecks: checksOfNothing(scenario),
    config: { file: null, options: [], ignored: [], hints: [] },
    followers: new Followers(serverLog),
    facts: {
      version: "1",
      startedAt: 0,
      data: "",
      sandbox: true,
      getUrl: () => null,
      getServerProcesses: async () => null,
      requestReload: async () => false,
      checkSelf: async () => [],
      certificate: null,
    },
  };
  const routes = restRoutes(options).routes.map(
    ({ method, path }) => `${method} ${path.replace(/:([^/]+)/g, "{$1}")}`,
  );
  const documented = api.document.operations.map(({ name }) => name);
  expect(documented.filter((name) => name.includes(" /api/")).sort()).toEqual(routes.sort());
  expect(documented.filter((name) => !/ \/(api|sandbox)\//.test(name))).toEqual([
    "POST /",
    "GET /wechat/{appid}/{path}",
    "POST /wechat/{appid}/{path}",
    "GET /wecom/{corpid}/{agentid}/{path}",
    "POST /wecom/{corpid}/{agentid}/{path}",
  ]);
});

test("the document has every route of the sandbox, and no other", async () => {
  const unknown = await api.send("GET", "/sandbox/nothing");
  const controls = unknown.body.error.replace("the sandbox has ", "").split(", ");
  const noEndpoint = await api.send("DELETE", "/sandbox/faults/nothing");
  const endpoints = noEndpoint.body.error.replace(/^.*there is /, "").split(", ");
  const documented = api.document.operations.filter(({ path }) => path.startsWith("/sandbox/"));
  const isEndpoint = ({ path }: Operation) => path.startsWith("/sandbox/api/");
  expect(
    documented
      .filter((operation) => !isEndpoint(operation))
      .map(({ name }) => name.replace("/{name}", ""))
      .sort(),
  ).toEqual(controls.sort());
  expect(documented.filter(isEndpoint).map(({ path }) => path.replace("/sandbox/api", ""))).toEqual(
    endpoints,
  );
});

/** Returns a request of an operation, made of the document's examples. */
function exampleOf({ method, path, parameters, body }: Operation, given: Record<string, string>) {
  let url = path;
  const query = new URLSearchParams();
  for (const { name, in: place, example = given[name] } of parameters) {
    if (place === "path") url = url.replace(`{${name}}`, encodeURIComponent(String(example)));
    else if (example !== undefined) query.set(name, String(example));
  }
  return {
    ...{ method, url: `${url}?${query}` },
    request: body === null ? {} : { body: api.document.resolve(body).examples[0] },
  };
}

test("every route of the sandbox answers the document's examples as described", async () => {
  const token = await api.send("POST", "/sandbox/api/cgi-bin/stable_token", {
    body: { ...DEMO_APP, grant_type: "client_credential" },
  });
  const given = { access_token: JSON.parse(token.text).access_token };
  const answered: string[] = [];
  for (const operation of api.document.operations) {
    if (!operation.path.startsWith("/sandbox/")) continue;
    const { method, url, request } = exampleOf(operation, given);
    const answer = await api.send(method, url, request);
    if (answer.headers.get("content-type")?.startsWith("image/") === true)
      expect(operation.responses[200].content, operation.name).toHaveProperty(["image/png"]);
    else {
      const body = answer.body ?? answer.text;
      expect(api.document.undescribed(operation, { ...answer, body })).toBeNull();
    }
    answered.push(`${operation.name} ${answer.status}`);
  }
  expect(answered.length).toBeGreaterThan(25);
  expect(answered.filter((line) => !line.endsWith(" 200"))).toEqual([]);
});

test.each([
  ["", {}, "en"],
  ["?lang=en", { "Accept-Language": "zh" }, "en"],
  ["?lang=zh", {}, "zh"],
  ["", { "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8" }, "zh"],
] as const)("/openapi.json%s with %j is in %s", async (query, headers, language) => {
  const answer = await api.send("GET", `/openapi.json${query}`, { headers: { ...headers } });
  expect(answer.headers.get("content-language")).toBe(language);
  expect(answer.headers.get("vary")).toContain("Accept-Language");
  const operations = Object.values<object>(answer.body.paths).flatMap((one) => Object.values(one));
  expect(operations.length).toBe(api.document.operations.length);
  for (const { operationId, summary } of operations)
    expect(/\p{Script=Han}/u.test(summary), operationId).toBe(language === "zh");
});

test("/openapi.json of another language says which there are", async () => {
  const { status, body } = await api.send("GET", "/openapi.json?lang=fr");
  expect(status).toBe(400);
  expect(body.detail).toBe("lang is fr: it has to be en or zh");
});

test("a route documents the codes that it can give, and no others", () => {
  const codesOf = (name: string, status: number): string[] =>
    api.document.operations.find((one) => one.name === name)?.responses[status]?.content[
      "application/problem+json"
    ].schema.properties.code.enum;
  const verify = "POST /api/v1/sessions/{id}/verify";
  expect(codesOf(verify, 400)).toEqual(["badParameter"]);
  expect(codesOf(verify, 413)).toEqual(["bodyTooLarge"]);
  expect(codesOf(verify, 404)).toEqual(["appNotFound"]);
  expect(codesOf(verify, 409)).toBeUndefined();
  expect(codesOf("GET /api/v1/apps/{appid}", 404)).toEqual(["appNotFound"]);
  expect(codesOf("GET /api/v1/apps", 404)).toBeUndefined();
});

test("docs/api.md names every kind of credential and every capability", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/api.md"), "utf8");
  for (const name of [...credentialKinds.map(kindName), ...capabilityNames])
    expect(page.includes(`\`${name}\``), name).toBe(true);
});

test("the document has the sandbox with --sandbox only", async () => {
  await using real = await Waferd.start();
  const { document } = (await Api.of(real)).document;
  expect(document.paths["/sandbox/login"]).toBeUndefined();
});

test("EnableDocs = false removes document and page", async () => {
  await using hidden = await Waferd.start({ args: ["--enabledocs", "false"] });
  for (const path of ["/docs", "/docs/", "/docs/start.js", "/openapi.json"])
    expect((await fetch(`${hidden.url}${path}`)).status).toBe(404);
});
