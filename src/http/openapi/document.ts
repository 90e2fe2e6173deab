import { swagger } from "@elysiajs/swagger";
import { type AnyElysia, Elysia } from "elysia";
import type { Messages } from "../../messages/en.ts";
import { type Language, MESSAGES, type OperationName } from "../../messages/messages.ts";
import { PROBLEMS, type ProblemCode } from "../rest/codes.ts";
import { codesOf, KEY_SCHEME } from "../rest/guard.ts";
import { envelopePath } from "./envelope.ts";
import { gatewayPaths } from "./gateway.ts";
import { type SandboxRoute, sandboxPaths } from "./sandbox.ts";
import { documentSchema, mediaType, type Schema } from "./schema.ts";

const NO_CONTENT = 204;
const FILE_TYPE = "application/octet-stream";
const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
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
  text: OperationName;
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
  /** The routes of the sandbox; null without one. */
  sandbox: readonly SandboxRoute[] | null;
}

/**
 * Makes the OpenAPI 3.1 document of the routes, as JSON text. The plugin lists them; what it
 * says loosely (every content type for every body, answers without their restrictions) is put right
 * here.
 */
export async function openApiDocument(
  routes: AnyElysia,
  language: Language,
  { version, sandbox }: DocumentOptions,
): Promise<string> {
  const messages = MESSAGES[language];
  const { document: texts, tags } = messages;
  const plugin = swagger({
    specPath: "/openapi.json",
    excludeStaticFile: false,
    documentation: {
      openapi: "3.1.0",
      info: { title: "waferd", version, description: texts.description },
      tags: Object.entries(tags)
        .filter(([name]) => sandbox !== null || !name.startsWith("sandbox"))
        .map(([name, description]) => ({ name, description })),
      servers: [{ url: "/" }],
    },
  });
  const app = new Elysia().use(plugin).use(routes);
  const answer = await app.handle(new Request("http://localhost/openapi.json"));
  const document = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };

  const components: Components = { schemas: new Map(), problems: new Map() };
  const paths: Record<string, object> = {
    "/": envelopePath(components.schemas, messages),
    ...gatewayPaths(messages),
    ...sandboxPaths(sandbox ?? [], components.schemas, messages),
  };
  for (const { method, path, hooks } of routes.routes) {
    const documented = path.replace(/:([^/]+)/g, "{$1}");
    const operation = document.paths[documented]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`the plugin left ${method} ${path} out`);
    paths[documented] = {
      ...paths[documented],
      [method.toLowerCase()]: documentOperation(
        operation,
        hooks as RouteHooks,
        components,
        messages,
      ),
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
          description: texts.key,
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
    text,
    parameters,
    requestBody: _,
    responses: __,
    answerHeaders = [],
    alsoGives = [],
    givesFile = false,
    ...operation
  }: Operation,
  { body, response = {} }: RouteHooks,
  components: Components,
  { operations }: Messages,
): object {
  return {
    ...operation,
    ...operations[text],
    operationId: operationId.replace("ApiV1", ""),
    ...(parameters !== undefined && {
      parameters: parameters.map((parameter) => documentParameter(parameter, components)),
    }),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { "application/json": mediaType(body, components.schemas) },
      },
    }),
    responses: Object.fromEntries(
      Object.entries(response).map(([status, schema]) => [
        status,
        documentResponse(Number(status), schema, components, {
          headers: answerHeaders as string[],
          alsoGives: alsoGives as string[],
          givesFile: givesFile === true,
        }),
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
  components: Components,
  {
    headers,
    alsoGives,
    givesFile,
  }: { headers: readonly string[]; alsoGives: readonly string[]; givesFile: boolean },
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
    headers: headersOf(headers),
    ...(status !== NO_CONTENT && {
      content: {
        ...(givesFile
          ? { [FILE_TYPE]: { schema: { type: "string", format: "binary" } } }
          : { "application/json": mediaType(schema, components.schemas) }),
        ...Object.fromEntries(alsoGives.map((type) => [type, { schema: { type: "string" } }])),
      },
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
