import type { ProblemCode } from "../http/rest/codes.ts";

/** The exit statuses of commands. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  wechat: 6,
  away: 7,
  incomplete: 8,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** The meaning of each status, for help and docs/commands.md. */
export const EXIT_MEANINGS: Record<ExitStatus, string> = {
  0: "done",
  1: "it could not start or run: a mistake in the configuration, data that does not open, a bug; a failed check of doctor",
  2: "the command line is wrong, or a value in it",
  3: "there is no such thing; for status: no server runs",
  4: "the key is missing, wrong, or not good for this",
  5: "it exists already, or somebody else was faster",
  6: "WeChat refused, failed, or cannot be reached",
  7: "the server cannot be reached, or the store failed",
  8: "import left records out, or found none to import; everything else is imported",
};

/** The exit status for each problem of the REST API. */
export const EXIT_STATUSES: Record<ProblemCode, ExitStatus> = {
  badParameter: EXIT.usage,
  appNotFound: EXIT.notFound,
  appExists: EXIT.conflict,
  appNotSaved: EXIT.away,
  appChanged: EXIT.conflict,
  agentNotFound: EXIT.notFound,
  agentNotSaved: EXIT.away,
  tokenNotSaved: EXIT.away,
  ticketNotSaved: EXIT.away,
  agentTicketNotSaved: EXIT.away,
  tokenRefused: EXIT.wechat,
  ticketRefused: EXIT.wechat,
  storeFailed: EXIT.away,
  sessionNotSaved: EXIT.away,
  visitNotSaved: EXIT.away,
  codeRefused: EXIT.wechat,
  wechatUnreachable: EXIT.wechat,
  wechatAnswerWrong: EXIT.wechat,
  wechatRefused: EXIT.wechat,
  sessionNotFound: EXIT.notFound,
  loginExpired: EXIT.notFound,
  sessionExpired: EXIT.notFound,
  keyRequired: EXIT.refused,
  forbidden: EXIT.refused,
  pathRefused: EXIT.refused,
  serviceKeyNotFound: EXIT.notFound,
  idempotencyKeyReused: EXIT.conflict,
  idempotencyKeyInUse: EXIT.conflict,
  decryptionFailed: EXIT.failed,
  rawDataUntrusted: EXIT.failed,
  cosParameterMissing: EXIT.usage,
  backupNotFound: EXIT.notFound,
  backupRunning: EXIT.conflict,
  backupFailed: EXIT.away,
  backupElsewhere: EXIT.conflict,
  storeCheckRunning: EXIT.conflict,
  storeCheckFailed: EXIT.away,
  reloadUnavailable: EXIT.failed,
  tooOften: EXIT.refused,
  internal: EXIT.failed,
  notFound: EXIT.notFound,
  methodNotAllowed: EXIT.failed,
  bodyTooLarge: EXIT.usage,
  ifMatchRequired: EXIT.usage,
};
