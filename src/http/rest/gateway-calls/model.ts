import { Type } from "@sinclair/typebox";
import type { LogLine } from "../../../core/logs/log-line.ts";
import { nullable, PageModel, PageQuery, strict, Timestamp } from "../model.ts";

const text = (description: string, example: string) =>
  Type.String({ minLength: 1, maxLength: 200, description, examples: [example] });

export const GatewayCallQuery = strict({
  app: Type.Optional(text("the appid, or the agent as corpid:agentid", "wx0000000000000de0")),
  by: Type.Optional(text("the caller: key: and a service key's id, admin, or local", "admin")),
  path: Type.Optional(text("the beginning of the path at WeChat", "/wxa/")),
  code: Type.Optional(text("WeChat's errcode, an HTTP status, or a failure's word", "45009")),
  since: Type.Optional(Timestamp),
  until: Type.Optional(Timestamp),
  ...PageQuery,
});

export const GatewayCallModel = strict(
  {
    at: Timestamp,
    requestId: Type.String(),
    app: nullable(Type.String(), { description: "the appid, or the agent as corpid:agentid" }),
    by: nullable(Type.String(), { description: "the caller; null for one that was refused" }),
    method: Type.String(),
    path: Type.String({ description: "the path at WeChat; of a refused caller, the route" }),
    status: Type.Integer({ description: "499 when the client did not wait for the answer" }),
    errcode: Type.Integer({ description: "WeChat's; 0 when its answer had none" }),
    rid: nullable(Type.String(), { description: "WeChat's request id" }),
    failure: nullable(Type.String(), { description: "why there was no answer of WeChat's" }),
    bytes: Type.Integer({ description: "of the answer's body" }),
    durationMs: Type.Number(),
  },
  {
    $id: "GatewayCall",
    examples: [
      {
        ...{ at: "2026-11-20T08:00:00.123Z", requestId: "0f3a9c27d1e5-1a" },
        ...{ app: "wx0000000000000de0", by: "key:0123456789abcdef" },
        ...{ method: "POST", path: "/wxa/getwxacode", status: 200, errcode: 0, rid: null },
        ...{ failure: null, bytes: 2310, durationMs: 48.21 },
      },
    ],
  },
);

export const GatewayCallPage = PageModel("GatewayCall", GatewayCallModel);

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Returns a line of the log as a call. */
export const toGatewayCall = (line: LogLine) => ({
  at: line.time,
  requestId: String(line["requestId"]),
  app: textOf(line["appid"]),
  by: textOf(line["by"]),
  method: String(line["method"]),
  path: String(line["path"]),
  status: Number(line["status"]),
  errcode: Number(line["errcode"]),
  rid: textOf(line["rid"]),
  failure: textOf(line["failure"]),
  bytes: Number(line["bytes"]),
  durationMs: Number(line["durationMs"]),
});
