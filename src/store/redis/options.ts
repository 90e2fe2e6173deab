export interface RedisOptions {
  host: string;
  port: number;
  /** The user of an access list; empty for the default one. */
  user: string;
  /** Empty for none. */
  password: string;
  db: number;
  /** Whether to connect with TLS and verify the server's certificate. */
  tls: boolean;
  /** Seconds after which an unused connection is closed until its next use; 0 for never. */
  idleTimeout: number;
}

/** Returns where a Redis is, for messages. */
export const placeOf = ({ host, port, db }: RedisOptions): string =>
  `redis://${host}:${port}/${db}`;

/** Returns the address for a client, with the password. */
export function urlOf({
  host,
  port,
  user,
  password,
  db,
  tls,
}: Omit<RedisOptions, "idleTimeout">): string {
  const login =
    user === "" && password === ""
      ? ""
      : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  const address = host.includes(":") ? `[${host}]` : host;
  return `${tls ? "rediss" : "redis"}://${login}${address}:${port}/${db}`;
}
