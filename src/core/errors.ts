/**
 * Every way in which an operation of the service can fail. The union is closed: each interface
 * translates it by a `Record<ErrorCode, …>`, so that a new code does not compile until every
 * interface has an answer for it.
 */
export type ErrorCode =
  | "badParameter"
  | "appNotFound"
  | "appExists"
  | "appNotSaved"
  | "appChanged"
  | "agentNotFound"
  | "agentNotSaved"
  | "tokenNotSaved"
  | "ticketNotSaved"
  | "agentTicketNotSaved"
  | "tokenRefused"
  | "ticketRefused"
  | "storeFailed"
  | "sessionNotSaved"
  | "visitNotSaved"
  | "codeRefused"
  | "wechatUnreachable"
  | "wechatAnswerWrong"
  | "wechatRefused"
  | "sessionNotFound"
  | "sessionOfOtherApp"
  /** The client sent an empty id or skey. */
  | "sessionLost"
  | "loginExpired"
  | "sessionExpired"
  | "keyRequired"
  | "forbidden"
  /** The gateway does not take this path from this caller. */
  | "pathRefused"
  | "serviceKeyNotFound"
  | "idempotencyKeyReused"
  | "idempotencyKeyInUse"
  | "decryptionFailed"
  | "rawDataUntrusted"
  | "cosParameterMissing"
  | "backupNotFound"
  | "backupRunning"
  | "backupFailed"
  /** The data is in a store that is not waferd's to back up. */
  | "backupElsewhere"
  | "storeCheckRunning"
  | "storeCheckFailed"
  /** This process is not of a server that can reload. */
  | "reloadUnavailable"
  | "tooOften"
  | "internal";

/** An error answer of WeChat: its errcode, its errmsg, and the request id at the end of errmsg. */
export interface WeChatError {
  errcode: number;
  errmsg: string;
  rid: string | null;
}

export interface FailureDetail {
  /** Safe to show to the caller. For badParameter it is the member's wire name. */
  reason?: string;
  /** Of badParameter: how the member should be, for the caller. */
  problem?: string;
  wechat?: WeChatError;
  /** Why WeChat cannot be reached, or what is wrong with its answer: for administrators only. */
  upstream?: string;
  /** Of tooOften: whole seconds after which the caller may try again. */
  retryAfterSeconds?: number;
  /** For the log only; carries no secret. */
  cause?: unknown;
}

/** An expected outcome other than success. It is returned, never thrown. */
export class Failure {
  readonly code: ErrorCode;
  readonly detail: FailureDetail;

  constructor(code: ErrorCode, detail: FailureDetail = {}) {
    this.code = code;
    this.detail = detail;
  }
}

/**
 * A fault that the operator must correct before waferd can start. The message says what is wrong
 * and how to correct it; it is printed without a stack.
 */
export class StartError extends Error {
  override readonly name: string = "StartError";
}

/** There is no store yet, and this caller may not make one. */
export class StoreMissing extends StartError {
  override readonly name = "StoreMissing";
}

/** The file of an embedded store is damaged; what is whole in it can still be read. */
export class DamagedData extends StartError {
  override readonly name = "DamagedData";
  /** The damaged places, for people. */
  readonly places: readonly string[];

  constructor(message: string, places: readonly string[]) {
    super(message);
    this.places = places;
  }
}

/** The data has an older format, and only the start of a server may upgrade it. */
export class UpgradeNeeded extends StartError {
  override readonly name = "UpgradeNeeded";
}
