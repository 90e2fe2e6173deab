import Ajv2020 from "ajv/dist/2020.js";
import type { FormatsPlugin } from "ajv-formats";
import formats from "ajv-formats";
import { noteSecret } from "./secrets.ts";

/** The package is CommonJS, and its types expect one more `default` than Bun has. */
const addFormats = formats as unknown as FormatsPlugin;

// biome-ignore lint/suspicious/noExplicitAny: a JSON document of any shape
type Json = any;

export interface Operation {
  /** `GET /api/v1/apps/{appid}` */
  name: string;
  method: string;
  path: string;
  parameters: { in: string; name: string; required: boolean; schema: Json; example?: unknown }[];
  /** Schema of the JSON body; null without one. */
  body: Json | null;
  security: Record<string, string[]>[];
  responses: Record<string, Json>;
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** The body as received. */
  text: string;
  /** The parsed body; null when it is not JSON. */
  body: Json;
}

export interface ApiRequest {
  key?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The OpenAPI document of a server, which describes its requests and answers. */
export class ApiDocument {
  readonly document: Json;
  readonly operations: Operation[];
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<object, ReturnType<Ajv2020["compile"]>>();

  constructor(document: Json) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: "document" });
    this.operations = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.entries<Json>(methods).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: operation.parameters ?? [],
        body: operation.requestBody?.content["application/json"]?.schema ?? null,
        security: operation.security,
        responses: Object.fromEntries(
          Object.entries<Json>(operation.responses).map(([status, response]) => [
            status,
            this.resolve(response),
          ]),
        ),
      })),
    );
  }

  /** Follows a reference; returns any other value unchanged. */
  resolve(value: Json): Json {
    const reference = value?.$ref as string | undefined;
    if (reference === undefined) return value;
    return this.resolve(
      reference
        .slice(2)
        .split("/")
        .reduce((place, name) => place[name], this.document),
    );
  }

  /** Validates a value against a schema of the document. Returns the problem, or null. */
  problem(schema: object, value: unknown): string | null {
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
      validate = this.#ajv.compile(absolute);
      this.#validators.set(schema, validate);
    }
    return validate(value) ? null : this.#ajv.errorsText(validate.errors);
  }

  /** Returns the operation of a request, or undefined. */
  operationOf(method: string, url: string): Operation | undefined {
    const path = new URL(url, "http://waferd").pathname;
    const matches = this.operations.filter(
      (operation) =>
        operation.method === method &&
        new RegExp(`^${operation.path.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path),
    );
    // `/apps/{appid}` also matches literal paths; the most literal one wins.
    return matches.sort((a, b) => parametersIn(a.path) - parametersIn(b.path))[0];
  }

  /** Checks an answer against the document. Returns the difference, or null. */
  undescribed(operation: Operation, { status, headers, text, body }: ApiAnswer): string | null {
    const response = operation.responses[status];
    if (response === undefined)
      return `${operation.name}: status ${status} is not described: ${text}`;
    if (!headers.has("x-request-id")) return `${operation.name}: no X-Request-Id`;
    if (response.content === undefined)
      return text === "" ? null : `${operation.name}: a body where none is described: ${text}`;
    const [type] = (headers.get("content-type") ?? "").split(";");
    const media = response.content[type ?? ""];
    if (media === undefined) return `${operation.name}: content type ${type} is not described`;
    const problem = this.problem(media.schema, /json/.test(type ?? "") ? body : text);
    return problem === null ? null : `${operation.name} ${status}: ${problem}: ${text}`;
  }
}

const parametersIn = (path: string): number => path.split("{").length;

/** A server whose address may change by a restart. */
interface Server {
  readonly url: string;
}

/** The REST API of a running server. Every answer is checked against the server's document. */
export class Api {
  readonly #server: Server;
  readonly document: ApiDocument;

  private constructor(server: Server, document: ApiDocument) {
    this.#server = server;
    this.document = document;
  }

  static async of(server: Server): Promise<Api> {
    const answer = await fetch(`${server.url}/openapi.json`);
    return new Api(server, new ApiDocument(await answer.json()));
  }

  /** @param path below /api/v1 */
  async call(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    const url = `/api/v1${path}`;
    const answer = await this.send(method, url, request);
    const operation = this.document.operationOf(method, url);
    if (operation === undefined) throw new Error(`${method} ${url} is not documented`);
    const undescribed = this.document.undescribed(operation, answer);
    if (undescribed !== null) throw new Error(undescribed);
    return answer;
  }

  /** Sends any request. */
  async send(
    method: string,
    url: string,
    { key, body, headers = {} }: ApiRequest = {},
  ): Promise<ApiAnswer> {
    noteSecret(key);
    const sent = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(`${this.#server.url}${url}`, {
      method,
      headers: {
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
        ...(sent !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
    });
    const text = await response.text();
    let parsed: unknown = null;
    if (/json/.test(response.headers.get("content-type") ?? "")) parsed = JSON.parse(text);
    return { status: response.status, headers: response.headers, text, body: parsed };
  }
}
