import type { WeChatError } from "../../core/errors.ts";
import type { Rejection } from "./codes.ts";
import type { Success } from "./interface.ts";

const END = { version: 1, componentName: "MA" } as const;

/** Returns the JSON text of a success. */
export const successText = ({ message, data }: Success): string =>
  JSON.stringify({ returnCode: 0, returnMessage: message, returnData: data, ...END });

/**
 * Returns the JSON text of a failure; WeChat's own answer goes with it when WeChat caused the
 * failure.
 */
export const rejectionText = (rejection: Rejection, wechat?: WeChatError): string =>
  JSON.stringify({
    returnCode: rejection.returnCode,
    returnMessage: rejection.returnMessage,
    returnData: rejection.returnData ?? null,
    ...END,
    ...(wechat && { wechat }),
  });
