import type { Messages } from "../../messages/en.ts";
import { INTERFACES, type InterfaceDescriptor } from "../envelope/interfaces.ts";
import { MEMBER_KINDS, type Member, type MemberKindDescriptor } from "../envelope/members.ts";
import EXCHANGES from "./envelope-examples.json" with { type: "json" };
import type { Schema } from "./schema.ts";

const appidOfInterface: Schema = {
  type: "string",
  description: "here or in para; without it the default app, or the session's",
};

const memberSchema = ({ kind }: Member): Schema => {
  const { description, ...values }: MemberKindDescriptor = MEMBER_KINDS[kind];
  return { ...(values.schema ?? { type: "string", minLength: 1 }), description };
};

/** Returns the `interface` member of a call of one interface. */
function interfaceSchema({ name, para }: InterfaceDescriptor): Schema {
  const members = Object.entries(para);
  // An appid that is required may be a member of `interface` instead.
  const isNeeded = ([member, { isOptional }]: [string, Member]) =>
    !isOptional && member !== "appid";
  return {
    type: "object",
    title: name,
    required: ["interfaceName", "para"],
    properties: {
      interfaceName: { const: name },
      appid: appidOfInterface,
      para: {
        type: "object",
        required: members.filter(isNeeded).map(([member]) => member),
        properties: Object.fromEntries(
          members.map(([member, described]) => [member, memberSchema(described)]),
        ),
      },
    },
  };
}

const REQUEST: Schema = {
  type: "object",
  required: ["interface"],
  properties: {
    version: { description: "not read" },
    componentName: { description: "not read" },
    interface: { anyOf: INTERFACES.map(interfaceSchema) },
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
      description: "WeChat's own answer, when WeChat caused the failure",
      required: ["errcode", "errmsg", "rid"],
      properties: {
        errcode: { type: "integer" },
        errmsg: { type: "string" },
        rid: { type: ["string", "null"] },
      },
    },
  },
};

/** A request of an interface and its answer, recorded by `npm run docs`. */
interface Exchange {
  interfaceName: string;
  request: object;
  answer: object;
}

/** Returns the envelope endpoint, with a recorded exchange of each interface. */
export function envelopePath(components: Map<string, Schema>, { operations }: Messages): object {
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
      ...operations.callInterface,
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
