/** What the address of a store must look like. */
export const STORE_WORDS =
  "redis://:password@host:6379/0 or mysql://user:password@host:3306/database; rediss: and mysqls: speak TLS";
