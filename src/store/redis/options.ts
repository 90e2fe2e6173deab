export interface RedisOptions {
  host: string;
  port: number;
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
