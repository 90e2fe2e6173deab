/** The running executable, as far as a store needs it. */
interface RunningServer {
  dataDir: string;
  /** Makes every write to a file fail, as on a full disk. */
  fillDisk(): void;
  freeDisk(): void;
}

/** A store of the executable, and the changes that tests make to it without the executable. */
export interface TestStore {
  /** Whether the secrets of apps are sealed; the old servers need them in clear. */
  sealsAppSecrets: boolean;
  /** Whether several servers can use the same data; an embedded store has workers of one only. */
  takesSeveralServers: boolean;
  /** Returns the variables that select this store; the same folder gets the same data. */
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
  /** Makes an app's record unreadable; undefined where no record can be unreadable. */
  damageApp?(dataDir: string, appid: string): Promise<void>;
  /** Makes a session's record unreadable, as damageApp does. */
  damageSession?(dataDir: string, session: SessionName): Promise<void>;
  /** Makes every write fail, as on a full disk, until `allowWrites`. */
  refuseWrites(server: RunningServer): Promise<void>;
  allowWrites(server: RunningServer): Promise<void>;
  /** Returns all stored data as text, to search it for secrets. */
  contents(dataDir: string): Promise<string>;
}

export interface SessionName {
  appid: string;
  id: string;
}
