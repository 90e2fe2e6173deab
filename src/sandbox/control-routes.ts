import { type TSchema, Type } from "@sinclair/typebox";
import type { OperationName } from "../messages/messages.ts";
import { Fault } from "./faults.ts";
import { WECHAT_ROUTES } from "./wechat-routes.ts";
import { DEMO_AGENT, DEMO_APP } from "./world.ts";

/** A route under /sandbox/ as the API's document describes it. */
interface ControlRoute {
  text: OperationName;
  /** The path's parameter, with its values. */
  name?: TSchema;
  query?: Readonly<Record<string, TSchema>>;
  body?: TSchema;
  answer: TSchema;
}

const Text = Type.String();
const User = Type.String({ minLength: 1, examples: ["alice"] });
const Appid = Type.Optional(Type.String({ minLength: 1, examples: [DEMO_APP.appid] }));
const JsonObject = Type.Record(Type.String(), Type.Unknown());

const NewApp = Type.Object(
  {
    appid: Type.String({ minLength: 1 }),
    secret: Type.String({ minLength: 1 }),
  },
  { examples: [{ appid: "wx00000000000000e1", secret: "a-secret-of-the-sandbox" }] },
);
const NewAgent = Type.Object(
  {
    corpid: Type.String({ minLength: 1 }),
    agentid: Type.String({ minLength: 1 }),
    secret: Type.String({ minLength: 1 }),
  },
  {
    examples: [
      { corpid: DEMO_AGENT.corpid, agentid: "1000003", secret: "an-agent-secret-of-the-sandbox" },
    ],
  },
);
const TokenChange = Type.Object(
  {
    secondsLeft: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: "whole seconds that are left of every token of the owner",
      }),
    ),
    revoked: Type.Optional(Type.Literal(true, { description: "makes them invalid at once" })),
  },
  { additionalProperties: false, examples: [{ secondsLeft: 10 }] },
);
const UserChange = Type.Object(
  {
    openid: Type.Optional(Type.String({ minLength: 1 })),
    unionid: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Null()])),
    sessionKey: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9+/]{22}==$" })),
    profile: Type.Optional(JsonObject),
    blocked: Type.Optional(Type.Boolean()),
    refusesMessages: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, examples: [{ profile: { nickName: "Alice" } }] },
);
const Encryptable = Type.Record(Type.String(), Type.Unknown(), {
  examples: [{ stepInfoList: [] }],
});
const Endpoint = Type.Union(
  Object.keys(WECHAT_ROUTES).map((path) => Type.Literal(path.slice(1))),
  { examples: ["cgi-bin/stable_token"] },
);
const Owner = Type.String({
  description: "an appid, or corpid:agentid",
  examples: [DEMO_APP.appid],
});

const Encrypted = { encryptedData: Text, iv: Text };
const UserInfo = {
  ...Encrypted,
  errMsg: Text,
  rawData: Text,
  signature: Text,
  userInfo: JsonObject,
};
const Nothing = Type.Object({}, { additionalProperties: false });
const Messages = Type.Object({
  items: Type.Array(
    Type.Object({
      appid: Text,
      openid: Text,
      templateId: Text,
      page: Type.Union([Text, Type.Null()]),
      data: Type.Record(Type.String(), Text),
      sentAt: Type.String({ format: "date-time" }),
    }),
  ),
});

/**
 * The routes under /sandbox/, by method and first path segment. GET plays the mini program; PUT,
 * POST and DELETE arrange the world for tests.
 */
export const CONTROL_ROUTES = {
  "GET login": {
    text: "sandboxLogin",
    query: { user: User, appid: Appid },
    answer: Type.Object({ code: Text, ...UserInfo }),
  },
  "GET user-info": {
    text: "sandboxUserInfo",
    query: { user: User, appid: Appid },
    answer: Type.Object(UserInfo),
  },
  "POST encrypt": {
    text: "sandboxEncrypt",
    query: { user: User, appid: Appid },
    body: Encryptable,
    answer: Type.Object(Encrypted),
  },
  "PUT users": {
    text: "sandboxChangeUser",
    name: User,
    query: { appid: Appid },
    body: UserChange,
    answer: Nothing,
  },
  "POST apps": { text: "sandboxAddApp", body: NewApp, answer: Type.Object({ appid: Text }) },
  "POST agents": {
    text: "sandboxAddAgent",
    body: NewAgent,
    answer: Type.Object({ corpid: Text, agentid: Text }),
  },
  "GET phone-code": {
    text: "sandboxPhoneCode",
    query: { user: User, appid: Appid },
    answer: Type.Object({ code: Text }),
  },
  "PUT tokens": { text: "sandboxChangeTokens", name: Owner, body: TokenChange, answer: Nothing },
  "PUT faults": { text: "sandboxSetFault", name: Endpoint, body: Fault, answer: Nothing },
  "DELETE faults": { text: "sandboxClearFault", name: Endpoint, answer: Nothing },
  "GET messages": {
    text: "sandboxMessages",
    query: { user: Type.Optional(User), appid: Appid },
    answer: Messages,
  },
  "GET calls": {
    text: "sandboxCalls",
    answer: Type.Record(Type.String(), Type.Integer({ minimum: 1 })),
  },
} satisfies Readonly<Record<string, ControlRoute>>;

export type ControlRouteName = keyof typeof CONTROL_ROUTES;
