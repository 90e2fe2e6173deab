/** The address of a database server, and the account there. */
export interface ServerAddress {
  tls: boolean;
  host: string;
  port: number;
  user: string;
  password: string;
  /** Its name in MySQL, its number in Redis. */
  database: string;
  /** For messages; contains no password. */
  name: string;
}
