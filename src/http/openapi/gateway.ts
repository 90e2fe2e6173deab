import type { Messages } from "../../messages/en.ts";
import type { OperationName } from "../../messages/messages.ts";
import type { Schema } from "./schema.ts";

const parameter = (name: string, example: string, where = "path"): object => ({
  ...{ in: where, name, required: where === "path", example },
  schema: { type: "string" },
});

const PATH = parameter("path", "cgi-bin/get_api_domain_ip");
const TOKEN = parameter("access_token", "waferd_gateway_…", "query");

const GATEWAYS: Readonly<Record<string, { text: OperationName; parameters: readonly object[] }>> = {
  "/wechat/{appid}/{path}": {
    text: "callWeChat",
    parameters: [parameter("appid", "wx0000000000000de0"), PATH, TOKEN],
  },
  "/wecom/{corpid}/{agentid}/{path}": {
    text: "callWeCom",
    parameters: [
      ...[parameter("corpid", "ww0000000000000de0"), parameter("agentid", "1000002")],
      ...[PATH, TOKEN],
    ],
  },
};

/** JSON, or a file. */
const ANSWER: Schema = { description: "WeChat's answer, as it is" };

const refusal = (description: string): object => ({
  description,
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
});

/** Returns the gateway, which takes every method; GET and POST are those of WeChat's API. */
export function gatewayPaths({ operations }: Messages): Record<string, object> {
  const operation = (method: string, text: OperationName, parameters: readonly object[]): object => ({
    tags: ["gateway"],
    operationId: `${text}By${method}`,
    ...operations[text],
    parameters,
    security: [{ key: ["proxy"] }, {}],
    ...(method === "Post" && { requestBody: { content: { "*/*": { schema: {} } } } }),
    responses: {
      200: {
        description: "WeChat's answer, or a refusal in its words",
        headers: { "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" } },
        content: { "*/*": { schema: ANSWER } },
      },
      401: refusal("`keyRequired`: a key is required, or an access_token of the gateway"),
      403: refusal("`forbidden`, `pathRefused`: the key does not allow this path"),
      413: refusal("`bodyTooLarge`: larger than the option gateway.max_body"),
      504: refusal("`wechatUnreachable`: WeChat cannot be reached"),
    },
  });
  return Object.fromEntries(
    Object.entries(GATEWAYS).map(([path, { text, parameters }]) => [
      path,
      { get: operation("Get", text, parameters), post: operation("Post", text, parameters) },
    ]),
  );
}
