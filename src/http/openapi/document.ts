import { swagger } from "@elysiajs/swagger";
import { type AnyElysia, Elysia } from "elysia";
import { PROBLEMS, type ProblemCode } from "../rest/codes.ts";
import { codesOf, KEY_SCHEME } from "../rest/guard.ts";
import { envelopePath } from "./envelope.ts";
import { sandboxPaths } from "./sandbox.ts";
import { documentSchema, type Schema } from "./schema.ts";

const TAGS: Readonly<Record<string, string>> = {
  envelope: "The protocol of wafer-session-server and its descendants: one POST for everything",
  sessions: "Logging users in and verifying them, and administering their sessions",
  apps: "Mini programs and official accounts",
  credentials: "Hosted access tokens and tickets",
  "work-agents": "WeCom agents",
  "js-sdk-signature": "Signatures for the JS-SDKs",
  "phone-number": "Users' phone numbers",
  "session-key": "WeChat's session_keys",
  "cos-signatures": "Signatures for Tencent's object storage",
  "service-keys": "Keys of business servers",
  audit: "Who changed what",
  stats: "Counters",
  server: "The server itself",
};

const SANDBOX_TAG = "The simulated WeChat of --sandbox";

const DESCRIPTION = `Sessions and hosted credentials of WeChat mini programs, official accounts and WeCom agents.

Authorize takes the admin key, or a service key. Operations that need no key say so: the code or the session is the proof.`;

const NO_CONTENT = 204;
const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
};

interface Parameter {
  in: string;
  name: string;
  description?: string;
  examples?: unknown[];
  schema: Schema;
}

/** An operation as the plugin writes it; answers as far as they are used. */
interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, object>;
  [member: string]: unknown;
}

/** The components that the operations refer to. */
interface Components {
  schemas: Map<string, Schema>;
  /** The answers with problems, by name. */
  problems: Map<string, object>;
}

/** The schemas of a route's own body and answers. */
interface RouteHooks {
  body?: Schema;
  response?: Record<string, Schema>;
}

export interface DocumentOptions {
  version: string;
  /** Adds the sandbox's login to the document. */
  sandbox: boolean;
}

/**
 * Makes the OpenAPI 3.1 document of the routes, as JSON text. The plugin lists them; what it
 * says loosely (every content type for every body, answers without their restrictions) is put right
 * here.
 */
export async function openApiDocument(
  routes: AnyElysia,
  options: DocumentOptions,
): Promise<string> {
  const plugin = swagger({
    specPath: "/openapi.json",
    excludeStaticFile: false,
    documentation: {
      openapi: "3.1.0",
      info: { title: "waferd", version: options.version, description: DESCRIPTION },
      tags: Object.entries(options.sandbox ? { sandbox: SANDBOX_TAG, ...TAGS } : TAGS).map(
        ([name, description]) => ({ name, description }),
      ),
      servers: [{ url: "/" }],
    },
  });
  const app = new Elysia().use(plugin).use(routes);
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const document = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };

  const components: Components = { schemas: new Map(), problems: new Map() };
  const paths: Record<string, object> = { "/": envelopePath(components.schemas) };
  if (options.sandbox) Object.assign(paths, sandboxPaths);
  for (const { method, path, hooks } of routes.routes) {
    const documented = path.replace(/:([^/]+)/g, "{$1}");
    const operation = document.paths[documented]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`the plugin left ${method} ${path} out`);
    paths[documented] = {
      ...paths[documented],
      [method.toLowerCase()]: documentOperation(operation, hooks as RouteHooks, components),
    };
  }
  return JSON.stringify({
    ...document,
    paths,
    components: {
      schemas: Object.fromEntries(components.schemas),
      securitySchemes: {
        [KEY_SCHEME]: {
          type: "http",
          scheme: "bearer",
          description:
            "The admin key, which lies in `admin.key` in the data folder, or a service key",
        },
      },
      headers: HEADERS,
      responses: Object.fromEntries(components.problems),
    },
  });
}

const HEADERS = {
  "X-Request-Id": {
    description: "under which the log has what came of the request",
    schema: { type: "string" },
  },
  ETag: {
    description: "the value that If-Match of a change has to name",
    schema: { type: "string" },
  },
  Location: { description: "where the new one is", schema: { type: "string" } },
  "Retry-After": { description: "whole seconds to wait", schema: { type: "integer" } },
};

/** Returns the headers of an answer beside X-Request-Id. */
const headersOf = (names: readonly string[]) =>
  Object.fromEntries(
    ["X-Request-Id", ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );

function documentOperation(
  {
    operationId,
    parameters,
    requestBody: _,
    responses: __,
    answerHeaders = [],
    ...operation
  }: Operation,
  { body, response = {} }: RouteHooks,
  components: Components,
): object {
  return {
    ...operation,
    operationId: operationId.replace("ApiV1", ""),
    ...(parameters !== undefined && {
      parameters: parameters.map((parameter) => documentParameter(parameter, components)),
    }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { "application/json": mediaType(body, components) } },
    }),
    responses: Object.fromEntries(
      Object.entries(response).map(([status, schema]) => [
        status,
        documentResponse(Number(status), schema, answerHeaders as string[], components),
      ]),
    ),
  };
}

function documentParameter({ examples, schema, ...parameter }: Parameter, components: Components) {
  return {
    ...parameter,
    schema: documentSchema(schema, components.schemas),
    ...(examples !== undefined && { example: examples[0] }),
  };
}

function documentResponse(
  status: number,
  schema: Schema,
  answerHeaders: readonly string[],
  components: Components,
): object {
  if (status >= 400) {
    documentSchema(schema, components.schemas);
    const codes = codesOf(schema);
    const name = `Problem${status}_${codes.join("_")}`;
    components.problems.set(name, problemResponse(status, codes));
    return { $ref: `#/components/responses/${name}` };
  }
  return {
    description: STATUS_TEXTS[status] ?? "OK",
    headers: headersOf(answerHeaders),
    ...(status !== NO_CONTENT && {
      content: { "application/json": mediaType(schema, components) },
    }),
  };
}

/** Returns the answer of a status with these problems, and what they mean. */
function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const [code = "internal"] = codes;
  return {
    description: codes.map((one) => `\`${one}\`: ${PROBLEMS[one].title}`).join("  \n"),
    headers: headersOf(codes.includes("tooOften") ? ["Retry-After"] : []),
    content: {
      "application/problem+json": {
        schema: {
          $ref: "#/components/schemas/Problem",
          properties: { code: { enum: codes } },
        },
        example: {
          type: `urn:waferd:problem:${code}`,
          title: PROBLEMS[code].title,
          status,
          code,
          requestId: "0f3a9c27d1e5-1a",
        },
      },
    },
  };
}

function mediaType(schema: Schema, components: Components): object {
  const [example] = (schema["examples"] as unknown[] | undefined) ?? [];
  return {
    schema: documentSchema(schema, components.schemas),
    ...(example !== undefined && { example }),
  };
}
