import type { ErrorCode } from "../../core/errors.ts";

/** Faults of a request that HTTP finds before the service. */
type HttpCode = "notFound" | "methodNotAllowed" | "bodyTooLarge" | "ifMatchRequired";

/** The stable word for a fault, by which programs tell problems apart. */
export type ProblemCode = Exclude<ErrorCode, "sessionOfOtherApp" | "sessionLost"> | HttpCode;

/** The answer to a failure (RFC 9457). */
interface ProblemRule {
  status: number;
  title: string;
}

const NOT_SAVED = {
  status: 503,
  title: "The store refused the write; nothing was changed",
} as const;
/** WeChat issued a credential, and the store refused it. */
const NOT_KEPT = {
  status: 503,
  title: "The store refused the credential from WeChat",
} as const;

export const PROBLEMS = {
  badParameter: { status: 400, title: "Something in the request is missing or wrong" },
  appNotFound: { status: 404, title: "No such app" },
  appExists: { status: 409, title: "An app of this appid is registered already" },
  appNotSaved: NOT_SAVED,
  appChanged: { status: 412, title: "The app has changed meanwhile: read it again" },
  agentNotFound: { status: 404, title: "No such agent" },
  agentNotSaved: NOT_SAVED,
  tokenNotSaved: NOT_KEPT,
  ticketNotSaved: NOT_KEPT,
  agentTicketNotSaved: NOT_KEPT,
  tokenRefused: { status: 502, title: "WeChat refused the app or the agent" },
  ticketRefused: { status: 502, title: "WeChat refused the access token" },
  storeFailed: { status: 503, title: "The store failed" },
  sessionNotSaved: NOT_SAVED,
  visitNotSaved: NOT_SAVED,
  codeRefused: { status: 401, title: "WeChat refused the code: it is invalid, used or too old" },
  wechatUnreachable: { status: 504, title: "WeChat cannot be reached" },
  wechatAnswerWrong: { status: 502, title: "WeChat's answer is invalid" },
  wechatRefused: { status: 502, title: "WeChat refused the call" },
  sessionNotFound: { status: 401, title: "No such session, or not with this skey" },
  loginExpired: { status: 401, title: "The login has expired: log in again" },
  sessionExpired: { status: 401, title: "The session has expired: log in again" },
  keyRequired: { status: 401, title: "A key is required, in the header Authorization: Bearer KEY" },
  forbidden: { status: 403, title: "This key does not allow the call" },
  pathRefused: { status: 403, title: "The gateway refuses this path to this key" },
  serviceKeyNotFound: { status: 404, title: "No such service key" },
  idempotencyKeyReused: { status: 422, title: "This Idempotency-Key was used for another request" },
  idempotencyKeyInUse: { status: 409, title: "A request with this Idempotency-Key is in progress" },
  decryptionFailed: { status: 422, title: "The data cannot be decrypted, or is not this user's" },
  rawDataUntrusted: { status: 422, title: "The raw data does not match WeChat's signature" },
  cosParameterMissing: { status: 400, title: "appid, sid or skey is missing" },
  backupNotFound: { status: 404, title: "No such backup" },
  backupRunning: { status: 409, title: "A backup is being made already" },
  backupFailed: { status: 503, title: "The backup failed; earlier ones are as they were" },
  backupElsewhere: { status: 409, title: "The data is in a store that its own tools back up" },
  storeCheckRunning: { status: 409, title: "The store is being checked already" },
  storeCheckFailed: { status: 503, title: "The store could not be checked" },
  reloadUnavailable: { status: 409, title: "This server cannot reload: restart it" },
  tooOften: {
    status: 429,
    title: "Too many logins, wrong keys or failed decryptions: wait for Retry-After",
  },
  internal: {
    status: 500,
    title: "A bug in waferd; its log has the cause under the request id",
  },
  notFound: { status: 404, title: "Unknown path" },
  methodNotAllowed: { status: 405, title: "The path does not have this method" },
  bodyTooLarge: { status: 413, title: "The body is too large" },
  ifMatchRequired: {
    status: 428,
    title: "If-Match is required: the ETag of the app as you read it, or * to change any revision",
  },
} as const satisfies Record<ProblemCode, ProblemRule>;

/** Problems of a session's id and skey. */
export const PROOF_CODES = [
  "sessionNotFound",
  "loginExpired",
  "sessionExpired",
  "appNotFound",
  "storeFailed",
] as const satisfies ProblemCode[];

/** Problems of a hosted token or ticket, beside those of its owner. */
export const CREDENTIAL_CODES = [
  "tokenRefused",
  "tokenNotSaved",
  "ticketRefused",
  "ticketNotSaved",
  "wechatUnreachable",
  "wechatAnswerWrong",
] as const satisfies ProblemCode[];

/** Problems of a call to WeChat with a hosted token, beside those of its owner. */
export const TOKEN_CALL_CODES = [
  "tokenRefused",
  "tokenNotSaved",
  "wechatRefused",
  "wechatUnreachable",
  "wechatAnswerWrong",
] as const satisfies ProblemCode[];

export const problemCodes = Object.keys(PROBLEMS) as ProblemCode[];

/** Returns a failure's code as it is shown: that another app has a session stays hidden. */
export const problemCodeOf = (code: ErrorCode): ProblemCode =>
  code === "sessionOfOtherApp" || code === "sessionLost" ? "sessionNotFound" : code;
