import { StoreError } from "../../core/store-error.ts";

const { MySQLError } = Bun.SQL;

/** Errors of the server that end the connection. */
const AWAY: ReadonlySet<number> = new Set([
  1053, // shutdown in progress
  1152, // aborted connection
  1226, // the user has used up a resource
  1317, // query was interrupted
  1927, // connection was killed
  3169, // session was killed
  4031, // disconnected because it was idle
]);

/**
 * Refusals of a server that was demoted, is isolated, or is not ready: by now the address may lead
 * to another one. The statement had no effect, and a transaction is not committed.
 */
const WRONG_SERVER: ReadonlySet<number> = new Set([
  1047, // a Galera node that left its cluster
  1290, // read_only, super_read_only
  1792, // read-only transaction: the session's default
  1836, // read-only mode, also of TiDB and Aurora
  1874, // innodb_read_only
  3032, // offline mode
  3100, // a node of a group without a majority
]);

/** The limit of connections is reached: of all users, of this one, or of this one in an hour. */
const FULL: ReadonlySet<number> = new Set([1040, 1203, 1226]);

/** Errors after which the same transaction can succeed. */
const CONFLICT: ReadonlySet<number> = new Set([
  1020, // record changed
  1062, // duplicate key
  1205, // lock wait timeout
  1213, // deadlock
]);

const errnoOf = (error: unknown): number | null =>
  error instanceof MySQLError && error.errno !== undefined ? Number(error.errno) : null;

/** Bun's codes for wrong calls. All others without the server's number concern the connection. */
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

/** Tells whether the connection is lost, so the server has not answered the statement. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof MySQLError) || isBug(error)) return false;
  const errno = errnoOf(error);
  return errno === null || AWAY.has(errno);
}

/** Tells whether the server refused a write that another server may accept. */
export function isWrongServer(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && WRONG_SERVER.has(errno);
}

/** Tells whether the server refuses further connections. */
export function isFull(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && FULL.has(errno);
}

/** Tells whether the server refused a statement because of concurrent ones. */
export function isConflict(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && CONFLICT.has(errno);
}

/** Returns the error for a call that took too long. */
export const tooLate = (cause?: unknown): StoreError =>
  new StoreError("closed", "the database does not answer", { cause });

/** Returns the error for a missing connection. */
export const away = (cause: unknown): StoreError =>
  new StoreError("closed", `the database is away: ${(cause as Error).message}`, { cause });

/** Converts an error of the database or of a record to a StoreError. A bug stays as it is. */
export function toStoreError(cause: unknown): unknown {
  if (cause instanceof StoreError || isBug(cause)) return cause;
  const { message } = cause as Error;
  if (isConnectionError(cause) || isWrongServer(cause)) return away(cause);
  if (cause instanceof MySQLError)
    return new StoreError("refused", `the database refused: ${message} (${cause.errno})`, {
      cause,
    });
  return new StoreError("corrupt", `a record cannot be read: ${message}`, { cause });
}
