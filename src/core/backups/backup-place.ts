import type { Milliseconds } from "../ports.ts";
import type { Backup, BackupFailure } from "./backup.ts";

/** Where backups are kept. Its errors are messages for administrators. */
export interface BackupPlace {
  /** Its folder, for people. */
  readonly folder: string;
  /** Returns the names of the backups, latest first; drafts are not among them. */
  names(): Promise<string[]>;
  /** Describes a backup; null when there is none of this name. */
  find(name: string): Promise<Backup | null>;
  /** When the backup that is being made was begun; null when none is. */
  runningSince(): Promise<Milliseconds | null>;
  /**
   * Makes a backup. It gets its name when it is whole, verified and on the disk; until then, and
   * after a failure, there is none of this name.
   *
   * @param wantedBytes the room that its disk must have
   * @param signal ends it early, as a failure
   * @throws Error with the reason, for administrators
   */
  make(name: string, wantedBytes: number, signal: AbortSignal): Promise<void>;
  /** Removes a backup, and returns whether there was one. */
  remove(name: string): Promise<boolean>;
  /** Returns the file of a backup, unread; null when there is none of this name. */
  open(name: string): Promise<Blob | null>;
  /** Returns the failure that was noted last; null after a success. */
  failure(): Promise<BackupFailure | null>;
  noteFailure(failure: BackupFailure | null): Promise<void>;
}
