import type { TObject, TSchema } from "@sinclair/typebox";
import type { Messages } from "../../messages/en.ts";
import type { OperationName, OperationTag } from "../../messages/messages.ts";
import { documentSchema, mediaType, type Schema } from "./schema.ts";

/** A route of the simulated WeChat. */
export interface SandboxRoute {
  text: OperationName;
  tag: OperationTag;
  method: string;
  /** Below the server's root, with a parameter as `{name}`. */
  path: string;
  params: TObject;
  query: TObject;
  /** Schemas by content type; null without a body. */
  body: Readonly<Record<string, TSchema>> | null;
  /** Schemas of answers by status and content type. */
  answers: Readonly<Record<number, Readonly<Record<string, TSchema>>>>;
}

/** Returns the sandbox's paths for the document, so that a page can play the mini program. */
export function sandboxPaths(
  routes: readonly SandboxRoute[],
  components: Map<string, Schema>,
  { operations }: Messages,
): Record<string, object> {
  const contentOf = (schemas: Readonly<Record<string, TSchema>>) =>
    Object.fromEntries(
      Object.entries(schemas).map(([type, schema]) => [type, mediaType(schema, components)]),
    );
  const parametersOf = (place: string, { properties, required = [] }: TObject) =>
    Object.entries(properties).map(([name, { examples, description, ...schema }]) => ({
      in: place,
      name,
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: documentSchema(schema, components),
      ...(Array.isArray(examples) && { example: examples[0] }),
    }));

  const paths: Record<string, object> = {};
  for (const { text, tag, method, path, params, query, body, answers } of routes)
    paths[path] = {
      ...paths[path],
      [method.toLowerCase()]: {
        tags: [tag],
        operationId: text,
        ...operations[text],
        security: [],
        parameters: [...parametersOf("path", params), ...parametersOf("query", query)],
        ...(body !== null && { requestBody: { required: true, content: contentOf(body) } }),
        responses: Object.fromEntries(
          Object.entries(answers).map(([status, schemas]) => [
            status,
            {
              description: Object.values(schemas)[0]?.description ?? "OK",
              headers: { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" } },
              content: contentOf(schemas),
            },
          ]),
        ),
      },
    };
  return paths;
}
