import { Type } from "@sinclair/typebox";
import { MOST_KEPT_LINES } from "../../../core/logs/kept-lines.ts";
import { LOG_LEVELS } from "../../../core/logs/log-line.ts";
import { oneOf, PageModel, PageQuery, strict, Timestamp } from "../model.ts";

const text = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 200, description, examples: [example] });

export const LogQueryModel = strict({
  level: Type.Optional(oneOf(LOG_LEVELS, { description: "the least important level" })),
  app: Type.Optional(text("the appid", "wx0000000000000de0")),
  code: Type.Optional(
    text(
      "a failure's word, a returnCode, an HTTP status, WeChat's errcode or a system's error code",
      "wechatUnreachable",
    ),
  ),
  path: Type.Optional(
    text(
      "the beginning of a route, as the log has it, or the name of an interface of the envelope",
      "/api/v1/apps",
    ),
  ),
  requestId: Type.Optional(text("the `X-Request-Id` of an answer", "0f3a9c27d1e5-1a")),
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  tail: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MOST_KEPT_LINES,
      description: "of the live form: begin with this many earlier lines; default 0",
    }),
  ),
  ...PageQuery,
});

export const LogLineModel = Type.Object(
  { level: oneOf(LOG_LEVELS), time: Timestamp, msg: Type.String() },
  {
    $id: "LogLine",
    additionalProperties: true,
    description: "a line as the log has it, with the fields of its event",
    examples: [
      {
        level: "info",
        time: "2026-11-20T08:00:00.123Z",
        pid: 4712,
        requestId: "0f3a9c27d1e5-1a",
        method: "POST",
        path: "/mina_auth/",
        status: 200,
        msg: "request",
      },
    ],
  },
);

export const LogPage = PageModel("Log", LogLineModel);
