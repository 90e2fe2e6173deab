/** Milliseconds since the Unix epoch. */
export type Milliseconds = number;

export interface Clock {
  now(): Milliseconds;
  sleep(duration: Milliseconds): Promise<void>;
}

export interface Random {
  /** Cryptographically strong random bytes as lower-case hex, two digits a byte. */
  hex(bytes: number): string;
}

/** Structured log. Fields never hold a secret, key, token, skey or decrypted profile. */
export interface Log {
  /** Whether debug lines are written; otherwise callers need not build them. */
  readonly debugEnabled: boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * A value, or a promise of it. Embedded drivers return values, so that the hot path awaits nothing.
 */
export type Awaitable<T> = T | Promise<T>;
