import type { WeChatError } from "../../core/errors.ts";
import type { Rejection } from "./codes.ts";

const END = { version: 1, componentName: "MA" } as const;

/** The JSON text of a success. */
export const successText = (returnMessage: string, returnData: unknown): string =>
  JSON.stringify({ returnCode: 0, returnMessage, returnData, ...END });

/** The JSON text of a failure; what WeChat said goes with it when WeChat caused it. */
export const rejectionText = (rejection: Rejection, wechat?: WeChatError): string =>
  JSON.stringify({
    returnCode: rejection.returnCode,
    returnMessage: rejection.returnMessage,
    returnData: rejection.returnData ?? null,
    ...END,
    ...(wechat && { wechat }),
  });
