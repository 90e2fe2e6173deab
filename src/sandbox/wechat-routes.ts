import { type TSchema, Type } from "@sinclair/typebox";
import type { OperationName } from "../messages/messages.ts";
import { DEMO_AGENT, DEMO_APP } from "./world.ts";

/** An endpoint of WeChat as the API's document describes it. */
interface WechatRoute {
  text: OperationName;
  query: Readonly<Record<string, TSchema>>;
  /** JSON; absent for a GET. */
  body?: TSchema;
  /** A file in a form instead of JSON. */
  file?: true;
  /** An image instead of JSON, unless it refuses. */
  image?: true;
}

const Text = Type.String();
const example = (value: string) => Type.String({ examples: [value] });

const Token = {
  access_token: Type.String({ description: "a token of the sandbox, as stable_token gives it" }),
};
const Credential = { appid: example(DEMO_APP.appid), secret: example(DEMO_APP.secret) };
const Session = {
  ...Token,
  openid: Text,
  signature: Type.String({ description: "hex HMAC-SHA256 of the empty text by the session_key" }),
  sig_method: example("hmac_sha256"),
};
const json = (members: Record<string, TSchema>, instance: object) =>
  Type.Object(members, { examples: [instance] });

const PathOfCode = json(
  { path: Text, width: Type.Optional(Type.Integer()) },
  { path: "pages/index/index?from=poster" },
);

/** The endpoints of WeChat that the sandbox plays, by path; also below /sandbox/api. */
export const WECHAT_ROUTES = {
  "/sns/jscode2session": {
    text: "wechatCodeToSession",
    query: { ...Credential, js_code: Text, grant_type: example("authorization_code") },
  },
  "/cgi-bin/token": {
    text: "wechatToken",
    query: { ...Credential, grant_type: example("client_credential") },
  },
  "/cgi-bin/stable_token": {
    text: "wechatStableToken",
    query: {},
    body: json(
      {
        appid: Text,
        secret: Text,
        grant_type: Text,
        force_refresh: Type.Optional(Type.Boolean()),
      },
      { ...DEMO_APP, grant_type: "client_credential" },
    ),
  },
  "/cgi-bin/ticket/getticket": {
    text: "wechatTicket",
    query: { ...Token, type: example("jsapi") },
  },
  "/wxa/business/getuserphonenumber": {
    text: "wechatPhoneNumber",
    query: Token,
    body: json({ code: Text }, { code: "a code of GET /sandbox/phone-code" }),
  },
  "/wxa/checksession": { text: "wechatCheckSession", query: Session },
  "/wxa/resetusersessionkey": { text: "wechatResetSession", query: Session },
  "/cgi-bin/gettoken": {
    text: "wecomToken",
    query: { corpid: example(DEMO_AGENT.corpid), corpsecret: example(DEMO_AGENT.secret) },
  },
  "/cgi-bin/get_jsapi_ticket": { text: "wecomCorpTicket", query: Token },
  "/cgi-bin/ticket/get": {
    text: "wecomAgentTicket",
    query: { ...Token, type: example("agent_config") },
  },
  "/cgi-bin/message/subscribe/send": {
    text: "wechatSendMessage",
    query: Token,
    body: json(
      {
        touser: Text,
        template_id: Text,
        page: Type.Optional(Text),
        data: Type.Record(Type.String(), Type.Object({ value: Text })),
      },
      {
        touser: "an openid",
        template_id: "a-template",
        page: "pages/index/index",
        data: { thing1: { value: "您的订单" }, time2: { value: "15:01" } },
      },
    ),
  },
  "/cgi-bin/message/custom/send": {
    text: "wechatSendCustomerMessage",
    query: Token,
    body: json(
      {
        touser: Text,
        msgtype: Text,
        text: Type.Optional(Type.Object({ content: Text })),
        image: Type.Optional(Type.Object({ media_id: Text })),
        link: Type.Optional(Type.Object({ url: Text })),
        miniprogrampage: Type.Optional(Type.Object({ pagepath: Text })),
      },
      { touser: "an openid", msgtype: "text", text: { content: "你好" } },
    ),
  },
  "/cgi-bin/media/upload": {
    text: "wechatUploadMedia",
    query: { ...Token, type: example("image") },
    file: true,
  },
  "/cgi-bin/media/get": {
    text: "wechatGetMedia",
    query: { ...Token, media_id: Type.String({ description: "of media/upload" }) },
    image: true,
  },
  "/wxa/msg_sec_check": {
    text: "wechatCheckText",
    query: Token,
    body: json(
      {
        content: Text,
        version: Type.Optional(Type.Literal(2)),
        scene: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })),
        openid: Type.Optional(Text),
        title: Type.Optional(Text),
        nickname: Type.Optional(Text),
      },
      { content: "你好", version: 2, scene: 1, openid: "an openid" },
    ),
  },
  "/wxa/img_sec_check": { text: "wechatCheckImage", query: Token, file: true },
  "/wxa/media_check_async": {
    text: "wechatCheckMedia",
    query: Token,
    body: json(
      {
        media_url: Text,
        media_type: Type.Integer({ minimum: 1, maximum: 2 }),
        version: Type.Literal(2),
        scene: Type.Integer({ minimum: 1, maximum: 4 }),
        openid: Text,
      },
      {
        media_url: "https://example.com/a.png",
        media_type: 2,
        version: 2,
        scene: 1,
        openid: "an openid",
      },
    ),
  },
  "/wxa/getwxacode": {
    text: "wechatCode",
    query: Token,
    body: PathOfCode,
    image: true,
  },
  "/wxa/getwxacodeunlimit": {
    text: "wechatUnlimitedCode",
    query: Token,
    body: json(
      { scene: Text, page: Type.Optional(Text), width: Type.Optional(Type.Integer()) },
      { scene: "from=poster" },
    ),
    image: true,
  },
  "/cgi-bin/wxaapp/createwxaqrcode": {
    text: "wechatSquareCode",
    query: Token,
    body: PathOfCode,
    image: true,
  },
} satisfies Readonly<Record<string, WechatRoute>>;

export type WechatPath = keyof typeof WECHAT_ROUTES;

export const isWechatPath = (path: string): path is WechatPath =>
  Object.hasOwn(WECHAT_ROUTES, path);
