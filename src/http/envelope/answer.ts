import type { WeChatError } from "../../core/errors.ts";
import type { Rejection } from "./codes.ts";
import type { Success } from "./interface.ts";
import { type JsonParts, quotable } from "./json.ts";

const END = { version: 1, componentName: "MA" } as const;
const END_TEXT = `,${JSON.stringify(END).slice(1)}`;

/** The JSON of a success. */
export const successParts = ({ message, data, dataParts }: Success): JsonParts => [
  `{"returnCode":0,"returnMessage":"${quotable(message)}","returnData":`,
  dataParts ?? JSON.stringify(data),
  END_TEXT,
];

/** The JSON text of a failure; what WeChat said goes with it when WeChat caused it. */
export const rejectionText = (rejection: Rejection, wechat?: WeChatError): string =>
  JSON.stringify({
    returnCode: rejection.returnCode,
    returnMessage: rejection.returnMessage,
    returnData: rejection.returnData ?? null,
    ...END,
    ...(wechat && { wechat }),
  });
