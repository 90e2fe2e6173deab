import type { ErrorCode, Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";

/**
 * The fields of a request's line beside its time. The path is the route that answered: the path of
 * the request may hold ids, and its query codes or keys.
 */
export interface RequestLine {
  requestId: string;
  method: string;
  path: string;
  peer: string | null;
  status: number;
  durationMs: number;
  interface?: string | null;
  appid?: string | null;
  returnCode?: number;
  /** Who called, where that is known. */
  by?: string | null;
  /** Of a call through the gateway: WeChat's error, and the bytes of the answer. */
  errcode?: number;
  rid?: string | null;
  bytes?: number;
}

/** The name of the line of a call through the gateway. */
export const GATEWAY_CALL = "gateway call";

/** Failures that the operator has to look after; a bug is worse still. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  "storeFailed",
  "sessionNotSaved",
  "visitNotSaved",
  "appNotSaved",
  "agentNotSaved",
  "tokenNotSaved",
  "ticketNotSaved",
  "agentTicketNotSaved",
  "tokenRefused",
  "ticketRefused",
  "wechatUnreachable",
  "wechatAnswerWrong",
]);

/**
 * Writes the one line of a request: a bug as error, an outage as warning, a quiet success at debug.
 */
export function logRequest(
  log: Log,
  line: RequestLine,
  failure: Failure | null,
  quiet = false,
  message = "request",
): void {
  if (quiet) {
    if (log.debugEnabled) log.debug(line, message);
    return;
  }
  if (failure === null) {
    log.info(line, message);
    return;
  }
  // A flood must not fill the log; refusals have lines of their own, once a minute.
  if (failure.code === "tooOften" && !log.debugEnabled) return;
  const { wechat, cause } = failure.detail;
  const fields = {
    ...line,
    failure: failure.code,
    ...(wechat && { wechat }),
    ...(cause !== undefined && { err: cause }),
  };
  if (failure.code === "tooOften") log.debug(fields, message);
  else if (failure.code === "internal") log.error(fields, message);
  else if (OUTAGES.has(failure.code)) log.warn(fields, message);
  else log.info(fields, message);
}
