import type { Backup, BackupFailure } from "./backup.ts";

/** A backup or its folder cannot be read, written or removed; the message is for people. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

/**
 * The port for the folder of the backups, which all processes of a server share. Every call throws
 * a BackupError when the disk or the store refuses.
 */
export interface BackupFolder {
  /** Its path, for people. */
  readonly path: string;
  /** Returns the whole backups, in any order; none while the folder does not exist. */
  list(): Promise<Backup[]>;
  /**
   * Copies the store under this name, and removes what interrupted attempts left. The backup is
   * listed only once it is whole and on the disk. Only one process may call it at a time.
   *
   * @returns its size in bytes
   */
  make(name: string): Promise<number>;
  /** Removes a backup, and returns whether there was one. Half-removed ones are not listed. */
  remove(name: string): Promise<boolean>;
  /** Returns the failure that was noted last; null when a later attempt succeeded. */
  failure(): Promise<BackupFailure | null>;
  noteFailure(failure: BackupFailure | null): Promise<void>;
}
