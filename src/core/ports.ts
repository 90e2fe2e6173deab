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
  /** Whether debug lines are written; a line that is not is not worth building. */
  readonly debugEnabled: boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** An embedded driver answers reads at once; the hot path then awaits nothing that waits. */
export type Awaitable<T> = T | Promise<T>;
