/** The part of a running executable that a store needs to refuse its writes. */
interface RunningServer {
  dataDir: string;
  /** Simulates a full disk until `freeDisk()`. */
  fillDisk(): void;
  freeDisk(): void;
}

/**
 * A store of the executable, with changes that tests make to it without the executable's knowledge.
 */
export interface TestStore {
  name: "lmdb" | "redis" | "mysql";
  /**
   * Returns the environment with which the executable uses this store; always the same for one data
   * folder.
   */
  environment(dataDir: string): Promise<Record<string, string>>;
  /** Moves a session's times back, by milliseconds. */
  age(
    dataDir: string,
    session: SessionName,
    by: { loginAt?: number; lastVisitAt?: number },
  ): Promise<void>;
  setSessionDuration(dataDir: string, appid: string, seconds: number): Promise<void>;
  /** Sets the expiry of a credential. */
  expireCredential(dataDir: string, key: string, at: number): Promise<void>;
  /** Makes an app's record unreadable; undefined where a store cannot have an unreadable record. */
  damageApp?(dataDir: string, appid: string): Promise<void>;
  /** Makes a session's record unreadable, as `damageApp` does. */
  damageSession?(dataDir: string, session: SessionName): Promise<void>;
  /** Makes the store refuse every write until `allowWrites()`, as on a full disk. */
  refuseWrites(server: RunningServer): Promise<void>;
  allowWrites(server: RunningServer): Promise<void>;
  /** Returns everything that is stored, as text in which secrets can be searched. */
  contents(dataDir: string): Promise<string>;
}

export interface SessionName {
  appid: string;
  id: string;
}
