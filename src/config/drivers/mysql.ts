import { parseZone, ZONE_WORDS } from "../../core/zone.ts";
import { flag, hostProblem, integer, text } from "../option.ts";
import { sharedDriver } from "./driver.ts";

const PORT = 3306;

/** MySQL and MariaDB. */
export const mysql = sharedDriver({
  kind: "shared",
  title: "MySQL",
  backupAdvice: "use mysqldump",
  isImported: true,
  address: {
    example: `user:password@host:${PORT}/database`,
    defaultPort: PORT,
    defaultDatabase: "",
    database: /^[^/]+$/,
    databaseProblem: "it names no database",
  },
  options: {
    "mysql.host": text("127.0.0.1", "the host of the MySQL server"),
    "mysql.port": integer(PORT, 1, 65535, "the port of the MySQL server"),
    "mysql.user": text("root", "the user"),
    "mysql.password": text("", "the user's password; empty for none", { secret: true }),
    "mysql.db": text("cAuth", "the database, which must exist"),
    "mysql.tls": flag(false, "connect with TLS and verify the server's certificate"),
    "mysql.timezone": text("+08:00", "the time zone of the database's datetimes"),
    "mysql.debug": flag(false, "log every statement, without its values"),
  },
  rules: {
    "mysql.host": hostProblem,
    "mysql.db": (database) => (database === "" ? "must name a database" : null),
    "mysql.timezone": (zone) => (parseZone(zone) === null ? `must be ${ZONE_WORDS}` : null),
  },
  target: (values, address) => ({
    host: address?.host ?? values["mysql.host"],
    port: address?.port ?? values["mysql.port"],
    user: address?.user ?? values["mysql.user"],
    password: address?.password ?? values["mysql.password"],
    database: address?.database ?? values["mysql.db"],
    tls: address?.tls ?? values["mysql.tls"],
    zone: parseZone(values["mysql.timezone"]) ?? 0,
    logsStatements: values["mysql.debug"],
  }),
  place: ({ host, port, database }) => `mysql://${host}:${port}/${database}`,
});
