import { type Static, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import { problemCodes } from "./codes.ts";

/** Returns the schema of an object without further members. */
export const strict = <Properties extends TProperties>(
  properties: Properties,
  options: object = {},
) => Type.Object(properties, { additionalProperties: false, ...options });

/** Returns the schema of one of these texts. */
export const oneOf = <const Choice extends string>(
  choices: readonly Choice[],
  options: object = {},
) =>
  Type.Union(
    choices.map((choice) => Type.Literal(choice)),
    options,
  ) as unknown as TSchema & { static: Choice; params: [] };

export const nullable = <Schema extends TSchema>(schema: Schema, options: object = {}) =>
  Type.Union([schema, Type.Null()], options);

export const Timestamp = Type.String({
  format: "date-time",
  description: "a time as of RFC 3339, such as 2026-11-20T08:00:00Z",
  examples: ["2026-11-20T08:00:00.000Z"],
});

/** Returns milliseconds since the Unix epoch as RFC 3339. */
export const timestamp = (milliseconds: number): string => new Date(milliseconds).toISOString();

export const Appid = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,200}$",
  description: "the appid of a mini program or official account: letters, digits, _ and -",
  examples: ["wx0000000000000de0"],
});

export const AppParams = strict({ appid: Appid });

export const WorkId = (description: string, example: string) =>
  Type.String({
    pattern: "^[A-Za-z0-9_-]{1,100}$",
    description: `${description}: letters, digits, _ and -`,
    examples: [example],
  });

export const AgentParams = strict({
  corpid: WorkId("the corpid", "ww0000000000000de0"),
  agentid: WorkId("the agentid", "1000002"),
});

export const Secret = Type.String({
  pattern: "^[^\\u0000-\\u0020\\u007f]{1,300}$",
  description: "the secret, as WeChat's console shows it: no spaces. It is never returned",
  examples: ["sandbox-demo-secret"],
});

export const Openid = Type.String({
  minLength: 1,
  maxLength: 128,
  examples: ["o6_bmjrPTlm6_2sgVt7hMZOPfL2M"],
});

export const SessionId = Type.String({
  pattern: "^[\\u0021-\\u007e]{1,100}$",
  description: "the id of a session",
  examples: ["0123456789abcdef0123456789abcdef"],
});

/** The query of a list. */
export const PageQuery = {
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2048, description: "the `next` of the page before" }),
  ),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 200,
      description: "upper bound of the page's items; default 50",
    }),
  ),
};

const DEFAULT_LIMIT = 50;

export const pageOf = ({ cursor, limit = DEFAULT_LIMIT }: { cursor?: string; limit?: number }) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
});

/** Returns the schema of one page of a list. */
export const PageModel = <Item extends TSchema>(name: string, item: Item) =>
  strict(
    {
      items: Type.Array(item),
      next: nullable(Type.String(), {
        description: "the cursor of the next page; null on the last one",
      }),
    },
    { $id: `${name}Page`, examples: [{ items: [item["examples"]?.[0]], next: null }] },
  );

export const UserInfoModel = Type.Object(
  { openId: Type.String(), unionId: Type.Optional(Type.String()) },
  {
    $id: "UserInfo",
    additionalProperties: true,
    description: "the user's openId, unionId when known, and profile, in WeChat's spelling",
    examples: [{ openId: "o6_bmjrPTlm6_2sgVt7hMZOPfL2M", nickName: "Alice" }],
  },
);

/** A fault of a request, and its place. */
const ProblemError = strict({
  in: oneOf(["body", "query", "path", "header"]),
  pointer: Type.String({ description: "a JSON pointer to the member; empty for the whole" }),
  detail: Type.String({ description: "the values that are accepted" }),
});

export const Problem = strict(
  {
    type: Type.String({ description: "`urn:waferd:problem:` and the code" }),
    title: Type.String(),
    status: Type.Integer(),
    code: oneOf(problemCodes, { description: "the stable word for the fault" }),
    detail: Type.Optional(Type.String()),
    requestId: Type.String({ description: "the id under which the log has the cause" }),
    errors: Type.Optional(Type.Array(ProblemError, { description: "every faulty member" })),
    wechat: Type.Optional(
      strict(
        { errcode: Type.Integer(), errmsg: Type.String(), rid: nullable(Type.String()) },
        { description: "WeChat's answer, when WeChat refused" },
      ),
    ),
  },
  {
    $id: "Problem",
    description: "a fault (RFC 9457)",
    examples: [
      {
        type: "urn:waferd:problem:badParameter",
        title: "Something in the request is missing or wrong",
        status: 400,
        code: "badParameter",
        requestId: "0f3a9c27d1e5-1a",
        errors: [{ in: "body", pointer: "/title", detail: "must have at most 100 characters" }],
      },
    ],
  },
);

export type Problem = Static<typeof Problem>;
