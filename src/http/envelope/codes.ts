import type { ErrorCode, Failure } from "../../core/errors.ts";

/** How a failure is answered (`docs/protocol-reference.md#return-codes`). */
export interface Rejection {
  returnCode: number;
  returnMessage: string;
  /**
   * WeChat's errmsg for 40013 and 40014, as scf gave it; the seconds to wait for 45011; else
   * absent.
   */
  returnData?: string | number;
}

/** The failures whose returnData is WeChat's errmsg. */
const WITH_ERRMSG: ReadonlySet<ErrorCode> = new Set(["tokenRefused", "ticketRefused"]);

const rejection = (returnCode: number, returnMessage: string): Rejection => ({
  returnCode,
  returnMessage,
});

export const NOT_JSON = rejection(1009, "REQUEST_IS_NOT_JSON");
export const NO_INTERFACE = rejection(1002, "NO_INTERFACENAME_PARA");
export const UNKNOWN_INTERFACE = rejection(1010, "INTERFACENAME_PARA_ERR");
export const NO_PARA = rejection(1011, "NO_PARA");

/** How an interface answers the failures that read otherwise in the others. */
export type FailureRules = Partial<Record<ErrorCode, Rejection>>;

const RULES: Record<ErrorCode, Rejection> = {
  badParameter: rejection(1003, "PARA_ERR"),
  appNotFound: rejection(1012, "NO_APPID"),
  appExists: rejection(1013, "APPID_ALREADY_EXISTS"),
  appNotSaved: rejection(1013, "INIT_APPINFO_FAIL"),
  appChanged: rejection(1013, "INIT_APPINFO_FAIL"),
  agentNotFound: rejection(1012, "NO_CORPRECORD"),
  agentNotSaved: rejection(1013, "INIT_APPINFO_FAIL"),
  tokenNotSaved: rejection(1014, "CHANGE_TOKEN_ERR"),
  ticketNotSaved: rejection(1015, "CHANGE_TICKET_ERR"),
  agentTicketNotSaved: rejection(1016, "CHANGE_AGENT_TICKET_ERR"),
  tokenRefused: rejection(40013, "WEIXIN_CODE_ERR"),
  ticketRefused: rejection(40014, "WEIXIN_ACCESSTOKEN_ERR"),
  storeFailed: rejection(1001, "DB_ERR"),
  sessionNotSaved: rejection(1006, "CHANGE_SESSION_ERR"),
  visitNotSaved: rejection(1008, "UPDATE_LASTVISITTIME_ERR"),
  codeRefused: rejection(40029, "WEIXIN_CODE_ERR"),
  wechatUnreachable: rejection(1005, "WEIXIN_NET_ERR"),
  wechatAnswerWrong: rejection(1007, "WEIXIN_RETURN_ERR"),
  wechatRefused: rejection(1007, "WEIXIN_RETURN_ERR"),
  sessionNotFound: rejection(60012, "AUTH_ERR_NO_EXIST"),
  sessionOfOtherApp: rejection(60012, "AUTH_ERR_NO_EXIST"),
  sessionLost: rejection(60012, "AUTH_ERR_NO_EXIST"),
  loginExpired: rejection(60012, "AUTH_ERR_LOGIN_EXPIRED"),
  sessionExpired: rejection(60012, "AUTH_ERR_SESSION_EXPIRED"),
  keyRequired: rejection(60012, "KEY_REQUIRED"),
  forbidden: rejection(60012, "KEY_REQUIRED"),
  pathRefused: rejection(60012, "KEY_REQUIRED"),
  serviceKeyNotFound: rejection(1003, "PARA_ERR"),
  idempotencyKeyReused: rejection(1003, "PARA_ERR"),
  idempotencyKeyInUse: rejection(1003, "PARA_ERR"),
  decryptionFailed: rejection(60021, "DECRYPT_FAIL"),
  rawDataUntrusted: rejection(60021, "DECRYPT_FAIL"),
  cosParameterMissing: rejection(-1, "Parameter is not valid"),
  backupNotFound: rejection(1003, "PARA_ERR"),
  backupRunning: rejection(1003, "PARA_ERR"),
  backupFailed: rejection(1001, "DB_ERR"),
  backupElsewhere: rejection(1003, "PARA_ERR"),
  storeCheckRunning: rejection(1003, "PARA_ERR"),
  storeCheckFailed: rejection(1001, "DB_ERR"),
  reloadUnavailable: rejection(1003, "PARA_ERR"),
  tooOften: rejection(45011, "TOO_OFTEN"),
  internal: rejection(2000, "SERVER_ERR"),
};

/** Returns the code and message of a failure; a reason that may be shown follows the message. */
export function rejectionOf(failure: Failure, rules: FailureRules = {}): Rejection {
  const { returnCode, returnMessage } = rules[failure.code] ?? RULES[failure.code];
  const { reason, wechat, retryAfterSeconds } = failure.detail;
  return {
    ...rejection(returnCode, reason === undefined ? returnMessage : `${returnMessage}: ${reason}`),
    ...(WITH_ERRMSG.has(failure.code) && wechat !== undefined && { returnData: wechat.errmsg }),
    ...(retryAfterSeconds !== undefined && { returnData: retryAfterSeconds }),
  };
}
