import { StartError } from "../../core/errors.ts";
import { sha256 } from "../../crypto/digest.ts";
import { Connection, type MySqlOptions } from "./connection.ts";

/** Seconds to wait while another node prepares the database. */
const LOCK_TIMEOUT = 60;
/** The oldest supported versions. MariaDB's begin with 10. */
const OLDEST = { mysql: [5, 7, 9], mariadb: [10, 2, 0] } as const;

/** Returns the database for messages: `waferd@db.internal:3306/cAuth`. */
export const placeOf = ({ user, host, port, database }: MySqlOptions): string =>
  `${user}@${host}:${port}/${database}`;

/**
 * Opens a connection without a deadline, because altering a table can take long.
 *
 * @throws StartError that says what to mend
 */
export async function connectForStart(options: MySqlOptions): Promise<Connection> {
  const connection = new Connection(options, Number.POSITIVE_INFINITY, () => undefined);
  try {
    await connection.connect();
    return connection;
  } catch (cause) {
    await connection.close();
    throw new StartError(connectProblem(cause, options), { cause });
  }
}

function connectProblem(cause: unknown, options: MySqlOptions): string {
  const { code = "", errno, message } = cause as { code?: string; errno?: number; message: string };
  const place = placeOf(options);
  const failed = `cannot connect to MySQL as ${place}: `;
  if (code === "ERR_MYSQL_CONNECTION_REFUSED")
    return `${failed}nothing listens there, or the name is unknown. Check mysql.host and mysql.port`;
  if (code === "ERR_MYSQL_CONNECTION_TIMEOUT")
    return `${failed}it does not answer, or is not a MySQL server. Check mysql.host and mysql.port, and the firewall between`;
  if (Number(errno) === 1045)
    return `${failed}the server refuses the user or the password. Check mysql.user and mysql.password (WAFERD_MYSQL_PASSWORD)${options.tls ? "" : ", and mysql.tls, if it insists on TLS"}`;
  if (Number(errno) === 1049 || Number(errno) === 1044)
    return `${failed}there is no such database, or the user may not use it. Check mysql.db, or create it: CREATE DATABASE \`${options.database}\` CHARACTER SET utf8mb4; GRANT ALL ON \`${options.database}\`.* TO the user`;
  if (
    code === "ERR_MYSQL_AUTHENTICATION_FAILED" ||
    /certificate|altname|secure transport/i.test(message)
  )
    return options.tls
      ? `${failed}TLS failed (${message}). The server must offer TLS, with a certificate for ${options.host} of an authority that this system trusts; NODE_EXTRA_CA_CERTS names a file with another. Or set mysql.tls = false`
      : `${failed}the login failed (${message}). If the server insists on TLS, set mysql.tls = true`;
  return `${failed}${message}${errno === undefined ? "" : ` (${errno})`}. Check mysql.host, mysql.port, mysql.user, mysql.password (WAFERD_MYSQL_PASSWORD), mysql.db and mysql.tls`;
}

/** @throws StartError when the server is too old, or its replication refuses the transactions */
export async function checkServer(connection: Connection, options: MySqlOptions): Promise<void> {
  const rows = await connection.query<{ Variable_name: string; Value: string }>(
    "SHOW VARIABLES WHERE Variable_name IN ('version', 'log_bin', 'binlog_format')",
  );
  const variables = new Map(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
  const version = variables.get("version") ?? "";
  if (isTooOld(version))
    throw new StartError(
      `the server of ${placeOf(options)} is ${version}, which is too old: waferd needs MySQL 5.7.9 or MariaDB 10.2, or a later one`,
    );
  if (variables.get("log_bin") === "ON" && variables.get("binlog_format") === "STATEMENT")
    throw new StartError(
      `the server of ${placeOf(options)} writes its binary log by statements, which refuses transactions at READ COMMITTED: set its binlog_format to ROW or MIXED`,
    );
}

/** Tells whether a version such as `5.7.44-log` or `10.11.6-MariaDB-1` is not supported. */
export function isTooOld(version: string): boolean {
  const least = /mariadb/i.test(version) ? OLDEST.mariadb : OLDEST.mysql;
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0];
  const differing = least.findIndex((part, index) => part !== (parts[index] ?? 0));
  return differing >= 0 && (parts[differing] ?? 0) < (least[differing] ?? 0);
}

/**
 * Runs the preparation of the database while no other node does.
 *
 * @throws StartError when another node takes too long
 */
export async function alone<T>(
  connection: Connection,
  options: MySqlOptions,
  run: () => Promise<T>,
): Promise<T> {
  // The name of such a lock is unique in the server, not in the database.
  const name = `waferd-${sha256(options.database).toString("hex").slice(0, 32)}`;
  const [row] = await connection.query<{ got: number | null }>("SELECT GET_LOCK(?, ?) AS got", [
    name,
    LOCK_TIMEOUT,
  ]);
  if (Number(row?.got) !== 1)
    throw new StartError(
      `another node has been preparing the database ${placeOf(options)} for more than ${LOCK_TIMEOUT} seconds: start again when it is ready`,
    );
  try {
    return await run();
  } finally {
    if (connection.isOpen) await connection.query("SELECT RELEASE_LOCK(?)", [name]);
  }
}
