import { flag, hostProblem, integer, text } from "../option.ts";
import { sharedDriver } from "./driver.ts";

const PORT = 6379;

export const redis = sharedDriver({
  kind: "shared",
  title: "Redis",
  backupAdvice: "use its own RDB or AOF files",
  isImported: true,
  address: {
    example: `user:password@host:${PORT}/0`,
    defaultPort: PORT,
    defaultDatabase: "0",
    database: /^\d{1,4}$/,
    databaseProblem: "the database has to be a number",
  },
  options: {
    "redis.host": text("127.0.0.1", "the host of the Redis server"),
    "redis.port": integer(PORT, 1, 65535, "the port of the Redis server"),
    "redis.user": text("", "the user of an access list (ACL); empty for the default one"),
    "redis.password": text("", "the password; empty for none", { secret: true }),
    "redis.db": integer(0, 0, 9999, "the number of the database"),
    "redis.timeout": integer(
      0,
      0,
      86_400,
      "seconds after which an idle connection is closed; 0 for never",
    ),
    "redis.tls": flag(false, "connect with TLS and verify the server's certificate"),
  },
  rules: { "redis.host": hostProblem },
  target: (values, address) => ({
    host: address?.host ?? values["redis.host"],
    port: address?.port ?? values["redis.port"],
    user: address?.user ?? values["redis.user"],
    password: address?.password ?? values["redis.password"],
    db: address === null ? values["redis.db"] : Number(address.database),
    tls: address?.tls ?? values["redis.tls"],
    idleTimeout: values["redis.timeout"],
  }),
  place: ({ host, port, db }) => `redis://${host}:${port}/${db}`,
});
