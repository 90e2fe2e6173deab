import { Type } from "@sinclair/typebox";
import { CONTROL_ROUTES } from "./control-routes.ts";
import { WECHAT_ROUTES } from "./wechat-routes.ts";

const JSON_TYPE = "application/json";
const Wrong = Type.Object(
  { error: Type.String() },
  { description: "The reason, and how to correct it" },
);
/** WeChat sends its JSON as plain text. */
const WechatAnswer = Type.String({
  contentMediaType: "application/json",
  contentSchema: Type.Object({
    errcode: Type.Optional(Type.Integer()),
    errmsg: Type.Optional(Type.String()),
  }),
  description: "WeChat's answer, as JSON; a refusal has errcode and errmsg",
});
const Binary = Type.String({ format: "binary" });

const controls = Object.entries(CONTROL_ROUTES).map(([key, route]) => {
  const [method = "", segment = ""] = key.split(" ");
  const { text, answer, name, query, body } = {
    ...{ name: undefined, query: {}, body: undefined },
    ...route,
  };
  return {
    ...{ text, tag: "sandbox" as const, method },
    path: `/sandbox/${segment}${name === undefined ? "" : "/{name}"}`,
    params: Type.Object(name === undefined ? {} : { name }),
    query: Type.Object(query),
    body: body === undefined ? null : { [JSON_TYPE]: body },
    answers: { 200: { [JSON_TYPE]: answer }, 400: { [JSON_TYPE]: Wrong } },
  };
});

const endpoints = Object.entries(WECHAT_ROUTES).map(([path, route]) => {
  const { text, query, body, file, image } = {
    ...{ body: undefined, file: false, image: false },
    ...route,
  };
  const form = file ? { "multipart/form-data": Type.Object({ media: Binary }) } : null;
  const sent = body === undefined ? form : { [JSON_TYPE]: body };
  return {
    ...{ text, tag: "sandbox-wechat" as const, method: sent === null ? "GET" : "POST" },
    path: `/sandbox/api${path}`,
    params: Type.Object({}),
    query: Type.Object(query),
    body: sent,
    answers: { 200: { "text/plain": WechatAnswer, ...(image && { "image/png": Binary }) } },
  };
});

/** Every route under /sandbox/. */
export const SANDBOX_ROUTES = [...controls, ...endpoints];
