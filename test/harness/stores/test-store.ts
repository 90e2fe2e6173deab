import type { Waferd } from "../waferd.ts";

/** A store under the executable, and what the tests do to it behind the executable's back. */
export interface TestStore {
  name: "lmdb" | "redis" | "mysql";
  /** What makes the executable keep the data of this folder there: the same for the same folder. */
  environment(dataDir: string): Promise<Record<string, string>>;
  /** Moves a session's clocks back, by milliseconds. */
  age(dataDir: string, session: SessionName, by: { loginAt?: number; lastVisitAt?: number }): Promise<void>;
  setSessionDuration(dataDir: string, appid: string, seconds: number): Promise<void>;
  /** Moves a credential's expiry to this time. */
  expireCredential(dataDir: string, key: string, at: number): Promise<void>;
  /** Makes an app's record one that cannot be read; undefined where there is no such record. */
  damageApp?(dataDir: string, appid: string): Promise<void>;
  /** As damageApp, a session's. */
  damageSession?(dataDir: string, session: SessionName): Promise<void>;
  /** Has every write refused, as a full disk does, until `allowWrites`. */
  refuseWrites(waferd: Waferd): Promise<void>;
  allowWrites(waferd: Waferd): Promise<void>;
  /** Everything that is kept, as text in which secrets would be found. */
  contents(dataDir: string): Promise<string>;
}

export interface SessionName {
  appid: string;
  id: string;
}
