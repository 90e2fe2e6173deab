import { StoreError } from "../../core/store-error.ts";

const { MySQLError } = Bun.SQL;

/** Errors of the server that end the connection; all others leave it as it was. */
const AWAY: ReadonlySet<number> = new Set([
  1053, // shutdown in progress
  1152, // aborted connection
  1226, // the user has used up a resource
  1317, // query was interrupted
  1927, // connection was killed
  4031, // disconnected because it was idle
]);

/** The server has as many connections as it takes: of all users, of this one, or of this one in an hour. */
const FULL: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/** Errors after which the same transaction can go well: lock wait timeout, deadlock, record changed, duplicate key. */
const CONFLICT: ReadonlySet<number> = new Set([1205, 1213, 1020, 1062]);

const errnoOf = (error: unknown): number | null =>
  error instanceof MySQLError && error.errno !== undefined ? Number(error.errno) : null;

/** Codes of Bun's that tell of a wrong call. Its others without a number of the server's tell of the connection. */
const BUGS: ReadonlySet<string> = new Set([
  "ERR_MYSQL_WRONG_NUMBER_OF_PARAMETERS_PROVIDED",
  "ERR_MYSQL_NOT_TAGGED_CALL",
  "ERR_MYSQL_UNSAFE_TRANSACTION",
  "ERR_MYSQL_INVALID_TRANSACTION_STATE",
]);

const isBug = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ReferenceError ||
  (error instanceof MySQLError && BUGS.has(error.code));

/** Whether the connection is over, or was never made: the server has not answered the statement. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof MySQLError) || isBug(error)) return false;
  const errno = errnoOf(error);
  return errno === null || AWAY.has(errno);
}

/** Whether the server takes no more connections. */
export function isFull(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && FULL.has(errno);
}

/** Whether the server refused a statement because of what others do at the same time. */
export function isConflict(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && CONFLICT.has(errno);
}

/** What to throw when a call took too long. */
export const tooLate = (cause?: unknown): StoreError =>
  new StoreError("closed", "the database does not answer", { cause });

/** What to throw when there is no connection. */
export const away = (cause: unknown): StoreError =>
  new StoreError("closed", `the database is away: ${(cause as Error).message}`, { cause });

/** Whatever the database or a record threw, as the error that a driver lets out; bugs as they are. */
export function toStoreError(cause: unknown): unknown {
  if (cause instanceof StoreError || isBug(cause)) return cause;
  const { message } = cause as Error;
  if (isConnectionError(cause)) return away(cause);
  if (cause instanceof MySQLError)
    return new StoreError("refused", `the database refused: ${message} (${cause.errno})`, {
      cause,
    });
  return new StoreError("corrupt", `a record cannot be read: ${message}`, { cause });
}
