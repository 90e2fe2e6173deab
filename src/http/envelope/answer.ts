import type { WeChatError } from "../../core/errors.ts";
import type { Rejection } from "./codes.ts";
import type { Success } from "./interface.ts";
import { fixed, type JsonParts } from "./json.ts";

const END = { version: 1, componentName: "MA" } as const;
const END_TEXT = fixed(`,${JSON.stringify(END).slice(1)}`);

/** By message, of which each interface has one or two. */
const beginnings = new Map<string, Uint8Array>();

/** The JSON of a success. */
export const successParts = ({ message, data, dataParts }: Success): JsonParts => [
  beginnings.get(message) ?? beginningOf(message),
  dataParts ?? JSON.stringify(data),
  END_TEXT,
];

function beginningOf(message: string): Uint8Array {
  const beginning = fixed(
    `{"returnCode":0,"returnMessage":${JSON.stringify(message)},"returnData":`,
  );
  beginnings.set(message, beginning);
  return beginning;
}

/** The JSON text of a failure; what WeChat said goes with it when WeChat caused it. */
export const rejectionText = (rejection: Rejection, wechat?: WeChatError): string =>
  JSON.stringify({
    returnCode: rejection.returnCode,
    returnMessage: rejection.returnMessage,
    returnData: rejection.returnData ?? null,
    ...END,
    ...(wechat && { wechat }),
  });
