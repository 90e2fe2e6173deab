import { INTERFACES } from "../envelope/interfaces.ts";
import EXCHANGES from "./envelope-examples.json" with { type: "json" };
import type { Schema } from "./schema.ts";

const DESCRIPTION = `Everything in one POST, as wafer-session-server and its Go and serverless descendants had it. Always answers 200; \`returnCode\` says what came of it, 0 for success and 60012 for "log in again".

Also at \`/mina_auth\`, \`/mina_auth/\` and \`/release/mina_auth/\`. The body is JSON whatever its content type. \`qcloud.mimi.*\`, \`qcloud.work.*\`, \`initapp\` and \`initdata\` need a key.`;

const REQUEST: Schema = {
  type: "object",
  required: ["interface"],
  properties: {
    version: { description: "not looked at" },
    componentName: { description: "not looked at" },
    interface: {
      type: "object",
      required: ["interfaceName", "para"],
      properties: {
        interfaceName: { type: "string", enum: INTERFACES.map(({ name }) => name) },
        appid: {
          type: "string",
          description: "here or in para; without it the default app, or the session's",
        },
        para: { type: "object", description: "the interface's own members: see the examples" },
      },
    },
  },
};

const ANSWER: Schema = {
  type: "object",
  required: ["returnCode", "returnMessage", "returnData", "version", "componentName"],
  additionalProperties: false,
  properties: {
    returnCode: { type: "integer" },
    returnMessage: { type: "string" },
    returnData: { description: "null for a failure" },
    version: { const: 1 },
    componentName: { const: "MA" },
    wechat: {
      type: "object",
      description: "what WeChat said, if it was WeChat",
      required: ["errcode", "errmsg", "rid"],
      properties: {
        errcode: { type: "integer" },
        errmsg: { type: "string" },
        rid: { type: ["string", "null"] },
      },
    },
  },
};

/** A request of an interface and its answer, as they really went; npm run docs renews them. */
interface Exchange {
  interfaceName: string;
  request: object;
  answer: object;
}

/** The envelope endpoint, with an exchange of each interface as it really went. */
export function envelopePath(components: Map<string, Schema>): object {
  components.set("Envelope", REQUEST);
  components.set("EnvelopeAnswer", ANSWER);
  const examples = (side: "request" | "answer") =>
    Object.fromEntries(
      (EXCHANGES as Exchange[]).map((exchange) => [
        exchange.interfaceName,
        { value: exchange[side] },
      ]),
    );
  return {
    post: {
      tags: ["envelope"],
      operationId: "callInterface",
      summary: "Call an interface of the envelope",
      description: DESCRIPTION,
      security: [{}, { key: [] }],
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: { $ref: "#/components/schemas/Envelope" },
            examples: examples("request"),
          },
        },
      },
      responses: {
        200: {
          description: "Success and failure alike",
          headers: { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" } },
          content: {
            "application/json": {
              schema: { $ref: "#/components/schemas/EnvelopeAnswer" },
              examples: examples("answer"),
            },
          },
        },
      },
    },
  };
}
